//! A `PostgreSQL` database of a server's own, made and dropped with the `psql` that the machine has.

use std::process::Command;

use anyhow::{Context, Result, ensure};

/// A database that is dropped with its handle.
pub(crate) struct Database {
    /// Where it is, for the server's `--database`.
    pub(crate) url: String,
    admin_url: String,
    name: String,
}

impl Database {
    /// Makes the database `name` on the server of `admin_url`, which names a database that is there already.
    pub(crate) fn create(admin_url: &str, name: &str) -> Result<Self> {
        let url = with_name(admin_url, name)?;
        psql(admin_url, &format!("CREATE DATABASE \"{name}\""))?;
        Ok(Self { url, admin_url: admin_url.to_owned(), name: name.to_owned() })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name);
        if let Err(cause) = psql(&self.admin_url, &drop) {
            eprintln!("boathook-bench: {cause:#}");
        }
    }
}

fn psql(url: &str, sql: &str) -> Result<()> {
    let output =
        Command::new("psql").args(["--no-psqlrc", "--quiet", url, "--command", sql]).output();
    let output = output.context("cannot run psql, which `--database` needs")?;
    ensure!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

/// Gives the address of another database of the same server.
fn with_name(url: &str, name: &str) -> Result<String> {
    let (scheme, rest) =
        url.split_once("://").with_context(|| format!("`{url}` must begin with postgres://"))?;
    let (path, query) = rest
        .split_once('?')
        .map_or((rest, String::new()), |(path, query)| (path, format!("?{query}")));
    let authority = path.split('/').next().unwrap_or_default();
    Ok(format!("{scheme}://{authority}/{name}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_the_database_is_another() {
        for (url, expected) in [
            ("postgres://a:b@h:1/postgres", "postgres://a:b@h:1/x"),
            ("postgres://h", "postgres://h/x"),
            ("postgres://h/p?sslmode=disable", "postgres://h/x?sslmode=disable"),
        ] {
            assert_eq!(with_name(url, "x").unwrap(), expected);
        }
        assert!(with_name("sqlite:x", "x").is_err());
    }
}
