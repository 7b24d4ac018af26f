//! nginx: HTTP/1.1, HTTP/2, TLS, gzip, limits of keep-alive, uploads by `WebDAV`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use courser_testkit::{Ca, Tls};

use crate::process::{Server, documents, free_port, version, write};

/// Requests on one connection before nginx closes it.
pub(crate) const KEEP_ALIVE: usize = 5;

/// Starts it, as one process in the foreground.
pub(crate) fn start(folder: &Path, ca: &Ca) -> Result<Server> {
    let folder = folder.join("nginx");
    let version = version(Path::new("nginx"), "-v", "install nginx-light")?;
    let root = documents(&folder)?;
    let (http, https) = (free_port()?, free_port()?);
    let identity = Tls::new().signed_by(ca).identity();
    write(folder.join("cert.pem"), identity.cert_pem)?;
    write(folder.join("key.pem"), identity.key_pem)?;
    // user:secret, by openssl's `passwd -apr1`.
    write(
        folder.join("users"),
        "user:$apr1$courser0$RtG/S.2p.2mB.Ws4DVzsx.\n",
    )?;
    for temporary in ["body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        std::fs::create_dir_all(folder.join(temporary))?;
    }
    let locations = format!(
        r#"
        root {root};
        location = /few {{ keepalive_requests {KEEP_ALIVE}; try_files /hello.txt =404; }}
        location = /close {{ keepalive_timeout 0; try_files /hello.txt =404; }}
        location = /gone {{ return 410 "gone for good\n"; }}
        location = /moved {{ return 301 /hello.txt; }}
        location = /slow {{ limit_rate 2k; try_files /1m.bin =404; }}
        location = /echo {{
            default_type text/plain;
            return 200 "$request_method $request_uri $server_protocol\nx-case: $http_x_case\nargs: $args\n";
        }}
        location = /private {{
            auth_basic "the realm";
            auth_basic_user_file users;
            try_files /hello.txt =404;
        }}
        location /put/ {{ dav_methods PUT DELETE; create_full_put_path on; client_max_body_size 64m; }}
        location = /small-bodies-only {{ client_max_body_size 1k; dav_methods PUT; }}
        "#,
        root = root.display(),
    );
    let config = format!(
        r"
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    types {{ text/html html; text/plain txt; application/octet-stream bin; }}
    gzip on;
    gzip_types text/plain;
    gzip_min_length 100;
    merge_slashes off;
    server {{ listen 127.0.0.1:{http}; {locations} }}
    server {{
        listen 127.0.0.1:{https} ssl http2;
        ssl_certificate cert.pem;
        ssl_certificate_key key.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
        {locations}
    }}
}}
"
    );
    let config = write(folder.join("nginx.conf"), config)?;
    let mut command = Command::new("nginx");
    command
        .arg("-p")
        .arg(&folder)
        .arg("-c")
        .arg(&config)
        .args(["-e", "stderr"]);
    Server::start(version, command, http, https, &folder.join("log")).context("nginx")
}
