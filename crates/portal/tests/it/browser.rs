//! What a browser does: it keeps cookies, follows redirects, and sends the forms of the page that it shows.

use boathook_testkit::{Answer, Client, PATIENCE};
use http::{Method, header};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::form_urlencoded;

pub(crate) struct Browser {
    address: SocketAddr,
    client: Client,
    pub(crate) cookies: Mutex<BTreeMap<String, String>>,
    /// What it was told of them, attributes included.
    pub(crate) set_cookies: Mutex<Vec<String>>,
    language: &'static str,
}

/// A page as it was shown.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) path: String,
    pub(crate) html: String,
    pub(crate) answer: Answer,
}

impl Browser {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let client = Client::anonymous(address);
        Self {
            address,
            client,
            cookies: Mutex::default(),
            set_cookies: Mutex::default(),
            language: "en",
        }
    }

    /// The same browser of somebody who reads another language.
    pub(crate) fn reading(self, language: &'static str) -> Self {
        Self { language, ..self }
    }

    pub(crate) async fn sign_in(&self, user: &str, password: &str) -> Page {
        let fields = [("user", user), ("password", password)];
        let page = self.post("/portal/sign-in", &fields).await;
        assert_eq!(page.status, 200, "{}", page.html);
        assert_eq!(page.path, "/portal/registries");
        page
    }

    /// Asks for a page, and for the one that it leads to.
    pub(crate) async fn get(&self, path: &str) -> Page {
        self.go(Method::GET, path, String::new(), &[]).await
    }

    /// Follows a stream of server-sent events.
    pub(crate) async fn follow(&self, path: &str) -> Stream {
        let held = self.cookies.lock().unwrap().get("boathook_session").cloned().unwrap();
        let mut connection = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept-Language: {}\r\nCookie: boathook_session={held}\r\n\r\n",
            self.address, self.language
        );
        connection.write_all(request.as_bytes()).await.unwrap();
        // It is answered when the page waits.
        let mut status = [0; 12];
        connection.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
        Stream { connection, read: String::new() }
    }

    /// What is transferred of `path`, as it is.
    pub(crate) async fn compressed(&self, path: &str) -> Answer {
        let held = self.cookies.lock().unwrap().get("boathook_session").cloned();
        let request =
            self.client.request(Method::GET, path).header(header::ACCEPT_ENCODING, "gzip");
        let cookie = format!("boathook_session={}", held.unwrap_or_default());
        self.client.send(request.header(header::COOKIE, cookie), "").await
    }

    /// Asks for a part of a page, as htmx does.
    pub(crate) async fn part(&self, path: &str) -> Page {
        self.go(Method::GET, path, String::new(), &[("hx-request", "true")]).await
    }

    /// Sends a form that need not be of any page.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_with(path, fields, &[("sec-fetch-site", "same-origin")]).await
    }

    pub(crate) async fn post_with(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Page {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.go(Method::POST, path, form, headers).await
    }

    /// Sends a form of a page that is shown, with the key that is in it.
    pub(crate) async fn send(&self, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
        let key = page.value("form_key");
        let fields: Vec<_> = [("form_key", key.as_str())].iter().chain(fields).copied().collect();
        self.post(path, &fields).await
    }

    async fn go(
        &self,
        mut method: Method,
        path: &str,
        mut form: String,
        headers: &[(&str, &str)],
    ) -> Page {
        let mut path = path.to_owned();
        loop {
            let cookies: Vec<_> = {
                let held = self.cookies.lock().unwrap();
                held.iter().map(|(name, value)| format!("{name}={value}")).collect()
            };
            let mut request = self.client.request(method.clone(), &path);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let request = request
                .header(header::ACCEPT_LANGUAGE, self.language)
                .header(header::COOKIE, cookies.join("; "))
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            let answer = self.client.send(request, form.clone()).await;
            for set in answer.headers.get_all(header::SET_COOKIE) {
                let set = set.to_str().unwrap();
                self.set_cookies.lock().unwrap().push(set.to_owned());
                let (pair, _) = set.split_once(';').unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
            }
            if answer.status != 303 {
                let html = String::from_utf8(answer.body.to_vec()).unwrap();
                return Page { status: answer.status, path, html, answer };
            }
            answer.header("location").clone_into(&mut path);
            (method, form) = (Method::GET, String::new());
        }
    }
}

/// A stream of server-sent events, with the head and the chunks that it came in.
pub(crate) struct Stream {
    connection: TcpStream,
    read: String,
}

impl Stream {
    /// Waits for the next event that has data.
    pub(crate) async fn next_event(&mut self) -> String {
        loop {
            let begin = self.read.find("data:");
            let end = begin.and_then(|begin| Some(begin + self.read[begin..].find("\n\n")?));
            if let Some(end) = end {
                let event = self.read[..end].to_owned();
                self.read.drain(..end + 2);
                return event;
            }
            let mut bytes = [0; 4_096];
            let reading = tokio::time::timeout(PATIENCE, self.connection.read(&mut bytes));
            let count = reading.await.expect("something comes").unwrap();
            assert_ne!(count, 0, "the stream has ended: {}", self.read);
            self.read.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    }
}

impl Page {
    /// The value of the first field of this name.
    #[track_caller]
    pub(crate) fn value(&self, name: &str) -> String {
        let named = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.html.split_once(&named).unwrap_or_else(|| panic!("{}", self.html));
        rest.split('"').next().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn shows(&self, text: &str) -> &Self {
        assert!(self.html.contains(text), "no {text:?}: {} {}", self.path, self.html);
        self
    }

    #[track_caller]
    pub(crate) fn hides(&self, text: &str) -> &Self {
        assert!(!self.html.contains(text), "{text:?}: {} {}", self.path, self.html);
        self
    }
}
