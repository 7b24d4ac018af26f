//! The stages of the Courser client: user-info, basic, bearer.
//!
//! What is said most explicitly wins: `:basic-auth`, then `:oauth-token`, then an
//! `Authorization` header, then the user-info of the URL.

use courser_core::header::AUTHORIZATION;
use courser_core::{Error, Hook, Request, Result, Wants};

use crate::{Basic, Bearer};

/// The stage `user-info`: credentials in the URL leave it, and become Basic credentials unless
/// the request has others.
#[derive(Debug)]
pub struct UserInfoStage;

impl Hook for UserInfoStage {
    fn name(&self) -> &'static str {
        "user-info"
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        let Some(userinfo) = req.url.userinfo() else {
            return Ok(());
        };
        let others = req.options.get::<Basic>().is_some()
            || req.options.get::<Bearer>().is_some()
            || req.headers.contains(AUTHORIZATION.as_str());
        if !others {
            let basic = Basic::from_userinfo(userinfo).map_err(|why| {
                Error::invalid("the user-info of :url cannot be sent").because(why)
            })?;
            req.options.set(basic);
        }
        req.url = req.url.clone().without_userinfo();
        Ok(())
    }
}

/// The stage `basic`: sends the [`Basic`] credentials among the options, in place of a header.
#[derive(Debug)]
pub struct BasicStage;

impl Hook for BasicStage {
    fn name(&self) -> &'static str {
        "basic"
    }

    fn wants_request(&self) -> Wants {
        Wants::option::<Basic>()
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        match req.options.get::<Basic>() {
            Some(basic) => req.headers.insert(AUTHORIZATION, basic.header()),
            None => Ok(()),
        }
    }
}

/// The stage `bearer`: sends the [`Bearer`] token among the options, unless there are Basic
/// credentials.
#[derive(Debug)]
pub struct BearerStage;

impl Hook for BearerStage {
    fn name(&self) -> &'static str {
        "bearer"
    }

    fn wants_request(&self) -> Wants {
        Wants::option::<Bearer>()
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        match req.options.get::<Bearer>() {
            Some(bearer) if req.options.get::<Basic>().is_none() => {
                req.headers.insert(AUTHORIZATION, bearer.header())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::testing::FakeRt;
    use courser_core::{Call, Url};
    use std::sync::Arc;

    #[test]
    fn the_most_explicit_wins() {
        fn check(url: &str, header: bool, basic: bool, bearer: bool, expected: Option<&str>) {
            let call = Arc::new(Call::new(FakeRt::runtime()));
            let mut req = Request::new(Url::parse(url).unwrap(), call);
            if header {
                req.headers.append("authorization", "header").unwrap();
            }
            if basic {
                req.options.set(Basic::new("a", "b").unwrap());
            }
            if bearer {
                req.options.set(Bearer::new("t").unwrap());
            }
            for stage in [&UserInfoStage as &dyn Hook, &BasicStage, &BearerStage] {
                stage.request(&mut req).unwrap();
            }
            assert_eq!(req.headers.get_str(AUTHORIZATION.as_str()), expected);
            assert_eq!(req.url.userinfo(), None);
        }
        let [plain, with] = ["http://h/", "http://u:p@h/"];
        check(plain, false, false, false, None);
        check(with, false, false, false, Some("Basic dTpw"));
        check(with, true, false, false, Some("header"));
        check(with, false, true, false, Some("Basic YTpi"));
        check(with, false, false, true, Some("Bearer t"));
        check(plain, true, true, true, Some("Basic YTpi"));
        check(plain, true, false, true, Some("Bearer t"));
    }

    #[test]
    fn what_cannot_be_sent_is_an_error_without_the_secret() {
        let call = Arc::new(Call::new(FakeRt::runtime()));
        let url = Url::parse("http://u%3A:hunter2@h/").unwrap();
        let error = UserInfoStage
            .request(&mut Request::new(url, call))
            .unwrap_err();
        assert!(
            format!("{error:?}").contains("colon") && !format!("{error:?}").contains("hunter2")
        );
    }
}
