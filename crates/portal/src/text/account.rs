//! Signing in, and sessions.

use super::{English, TraditionalChinese, words};
use crate::agent::Known;
use boathook_engine::auth::session;

words! {
    /// Signing in, and sessions.
    AccountWords

    /// The title and the button of the sign-in page.
    sign_in: "Sign in", "登入";
    /// What one signs in with.
    sign_in_with:
        "With an identity of this server: its client id or its name, and a password. The first one is in credentials.json. The admin user of a registry signs in to docker and helm, not here.",
        "請使用此伺服器的身分識別：用戶端識別碼或名稱，以及密碼。第一組位於 credentials.json。登錄的管理使用者用於登入 docker 與 helm，不能在此登入。";
    /// The name of an identity.
    user: "Client id or name", "用戶端識別碼或名稱";
    /// Its password.
    password: "Password", "密碼";
    /// The other way to sign in.
    or_token: "Sign in with a token instead", "改用權杖登入";
    /// An access token.
    token: "Access token", "存取權杖";
    /// Where a token comes from.
    token_hint: "A token for the management API, such as of", "管理 API 的權杖，例如來自";
    /// The session ended while a form was open.
    session_ended:
        "Your session has ended. Sign in, and what you have typed is still there.",
        "您的工作階段已結束。登入後，您輸入的內容仍會保留。";
    /// A form waits for its sender.
    not_sent_yet: "Your form has not been sent yet", "您的表單尚未送出";
    /// Why it waits.
    not_sent_yet_why:
        "You have signed in since you filled it in. Nothing was changed so far.",
        "您在填寫表單後重新登入。目前尚未變更任何內容。";
    /// The button that sends it.
    send_now: "Send it now", "立即送出";
    /// Where somebody is signed in.
    sessions: "Sessions", "工作階段";
    /// What an identity signs in as.
    client_id: "Client id", "用戶端識別碼";
    /// What an identity may do.
    roles: "Roles", "角色";
    /// What a browser calls itself.
    browser: "Browser", "瀏覽器";
    /// When a session began.
    began: "Began", "開始時間";
    /// When a session was last used.
    last_used: "Last used", "上次使用";
    /// When a session ends.
    ends: "Ends", "結束時間";
    /// The session of this page.
    this_one: "this one", "目前的工作階段";
    /// The button that ends a session.
    end_it: "End", "結束";
    /// The button that ends all sessions.
    end_all: "Sign out everywhere", "全部登出";
}

/// Sentences with something in them.
pub(crate) trait AccountSentences {
    /// Why nobody is signed in.
    fn not_signed_in(&self, refusal: session::Refusal) -> &'static str;
    /// A browser, and what it runs on.
    fn browser_on(&self, known: Known) -> String;
    /// Too many have tried.
    fn try_again_in(&self, seconds: u64) -> String;
}

impl AccountSentences for English {
    fn not_signed_in(&self, refusal: session::Refusal) -> &'static str {
        match refusal {
            session::Refusal::Wrong => "There is no such identity, or this is not its password.",
            session::Refusal::ExpiredPassword => {
                "This password has run out: an owner can add another."
            }
            session::Refusal::Disabled => "This identity is switched off.",
            session::Refusal::Token => {
                "This token is not one for this server's management API, or it has run out."
            }
        }
    }

    fn browser_on(&self, known: Known) -> String {
        format!("{} on {}", known.browser, known.system)
    }

    fn try_again_in(&self, seconds: u64) -> String {
        format!("Too many are trying to sign in: try again in {seconds} s.")
    }
}

impl AccountSentences for TraditionalChinese {
    fn not_signed_in(&self, refusal: session::Refusal) -> &'static str {
        match refusal {
            session::Refusal::Wrong => "沒有此身分識別，或密碼不正確。",
            session::Refusal::ExpiredPassword => "此密碼已過期：擁有者可以新增密碼。",
            session::Refusal::Disabled => "此身分識別已停用。",
            session::Refusal::Token => "此權杖不適用於此伺服器的管理 API，或已過期。",
        }
    }

    fn browser_on(&self, known: Known) -> String {
        format!("{} 上的 {}", known.system, known.browser)
    }

    fn try_again_in(&self, seconds: u64) -> String {
        format!("登入嘗試次數過多：請在 {seconds} 秒後再試。")
    }
}
