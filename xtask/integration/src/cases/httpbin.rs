//! httpbin.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use courser::{As, Value};
use serde_json::{Value as Json, json};

use super::failed;
use crate::case::{Case, Setup, http};

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "httpbin: query parameters",
        run: query,
    },
    Case {
        name: "httpbin: forms and JSON out",
        run: bodies,
    },
    Case {
        name: "httpbin: JSON back as data",
        run: data,
    },
    Case {
        name: "httpbin: headers as sent",
        run: headers,
    },
    Case {
        name: "httpbin: gzip and deflate",
        run: compressed,
    },
    Case {
        name: "httpbin: redirects, relative and absolute",
        run: redirects,
    },
    Case {
        name: "httpbin: a redirect that changes the method",
        run: post_redirected,
    },
    Case {
        name: "httpbin: cookies along redirects",
        run: cookies,
    },
    Case {
        name: "httpbin: basic and bearer",
        run: credentials,
    },
    Case {
        name: "httpbin: statuses",
        run: statuses,
    },
    Case {
        name: "httpbin: a delay beyond the limit",
        run: delay,
    },
    Case {
        name: "httpbin: lines as they come",
        run: lines,
    },
    Case {
        name: "httpbin: text in UTF-8, bytes",
        run: text,
    },
];

fn json(on: &Setup<'_>, request: courser::RequestBuilder) -> Result<Json> {
    Ok(on.send(request)?.json()?)
}

fn query(on: &Setup<'_>) -> Result<()> {
    let params = Value::keyword_map([
        ("a", Value::vector([1, 2])),
        ("b", Value::keyword_map([("c", "é & =".into())])),
    ]);
    let said = json(on, on.get(on.httpbin, "/get?z=0").query_params(params))?;
    let expected = json!({"z": "0", "a": ["1", "2"], "b[c]": "é & ="});
    ensure!(said["args"] == expected, "{said}");
    Ok(())
}

fn bodies(on: &Setup<'_>) -> Result<()> {
    let post = || on.client.post(http(on.httpbin, "/post"));
    let form = Value::keyword_map([("name", "Ada".into()), ("city", "London, W1 & more".into())]);
    let said = json(on, post().form_params(form))?;
    ensure!(
        said["form"] == json!({"name": "Ada", "city": "London, W1 & more"}),
        "{said}"
    );
    let said = json(on, post().json(json!({"deep": [1, {"x": null}]})))?;
    ensure!(said["json"] == json!({"deep": [1, {"x": null}]}), "{said}");
    let said = json(on, post().body("naïve").body_encoding("ISO-8859-1"))?;
    ensure!(said["headers"]["Content-Length"] == "5", "{said}");
    Ok(())
}

fn data(on: &Setup<'_>) -> Result<()> {
    let res = on.send(on.get(on.httpbin, "/json").as_(As::Json))?;
    let title = res
        .value()
        .and_then(|body| body.get("slideshow")?.get("title"));
    ensure!(
        title.and_then(Value::as_str) == Some("Sample Slide Show"),
        "{title:?}"
    );
    Ok(())
}

fn headers(on: &Setup<'_>) -> Result<()> {
    let request = on
        .get(on.httpbin, "/headers")
        .header("X-One", "1")
        .accept("text/x, */*");
    let said = json(on, request)?;
    let said = &said["headers"];
    ensure!(
        said["X-One"] == "1" && said["Accept"] == "text/x, */*",
        "{said}"
    );
    ensure!(
        said["Accept-Encoding"]
            .as_str()
            .is_some_and(|it| it.contains("gzip")),
        "{said}"
    );
    ensure!(
        said["User-Agent"]
            .as_str()
            .is_some_and(|it| it.starts_with("courser/")),
        "{said}"
    );
    Ok(())
}

fn compressed(on: &Setup<'_>) -> Result<()> {
    ensure!(json(on, on.get(on.httpbin, "/gzip"))?["gzipped"] == true);
    ensure!(json(on, on.get(on.httpbin, "/deflate"))?["deflated"] == true);
    Ok(())
}

fn redirects(on: &Setup<'_>) -> Result<()> {
    for path in [
        "/relative-redirect/3",
        "/absolute-redirect/3",
        "/redirect/1",
    ] {
        let res = on.send(on.get(on.httpbin, path))?;
        ensure!(res.url.path() == "/get", "{path}: {}", res.url);
    }
    Ok(())
}

/// A 303 makes a GET of a POST.
fn post_redirected(on: &Setup<'_>) -> Result<()> {
    let path = "/redirect-to?url=/anything&status_code=303";
    let request = on.client.post(http(on.httpbin, path)).body("once");
    let said = json(on, request)?;
    ensure!(said["method"] == "GET" && said["data"] == "", "{said}");
    Ok(())
}

fn cookies(on: &Setup<'_>) -> Result<()> {
    let said = json(on, on.get(on.httpbin, "/cookies/set?a=1&b=2"))?;
    ensure!(
        said["cookies"]["a"] == "1" && said["cookies"]["b"] == "2",
        "{said}"
    );
    Ok(())
}

fn credentials(on: &Setup<'_>) -> Result<()> {
    let path = "/basic-auth/ada/love%20lace";
    let request = on.get(on.httpbin, path).basic_auth("ada", "love lace");
    ensure!(json(on, request)?["authenticated"] == true);
    failed(
        on.send(on.get(on.httpbin, path).basic_auth("ada", "no")),
        401,
    )?;
    let said = json(on, on.get(on.httpbin, "/bearer").bearer("token"))?;
    ensure!(said["token"] == "token", "{said}");
    Ok(())
}

fn statuses(on: &Setup<'_>) -> Result<()> {
    for status in [404, 418, 500, 503] {
        failed(
            on.send(on.get(on.httpbin, &format!("/status/{status}"))),
            status,
        )?;
    }
    let res = on.send(on.get(on.httpbin, "/status/418").throw_exceptions(false))?;
    ensure!(res.status == 418 && res.text()?.contains("teapot"));
    Ok(())
}

fn delay(on: &Setup<'_>) -> Result<()> {
    let request = on.get(on.httpbin, "/delay/5").with(|request| {
        request.socket_timeout = Some(Duration::from_millis(100));
    });
    let error = on.send(request).err().context("it waited")?;
    ensure!(
        error.is_timeout() && error.to_string().contains(":socket-timeout"),
        "{error}"
    );
    Ok(())
}

fn lines(on: &Setup<'_>) -> Result<()> {
    let res = on.send(on.get(on.httpbin, "/stream/20"))?;
    let text = res.text()?;
    let ids = text
        .lines()
        .map(|line| Ok(serde_json::from_str::<Json>(line)?["id"].clone()));
    let ids: Vec<Json> = ids.collect::<Result<_>>()?;
    ensure!(ids.len() == 20 && ids[19] == 19 && res.chunked, "{ids:?}");
    Ok(())
}

fn text(on: &Setup<'_>) -> Result<()> {
    let res = on.send(on.get(on.httpbin, "/encoding/utf8"))?;
    ensure!(res.text()?.contains("∮ E⋅da = Q"));
    let res = on.send(on.get(on.httpbin, "/bytes/5000?seed=1").as_(As::Bytes))?;
    ensure!(res.body_bytes()?.len() == 5000);
    Ok(())
}
