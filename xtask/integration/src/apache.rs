//! Apache: chunks, deflate, digest, redirects, TLS.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use courser_testkit::{Ca, Tls};

use crate::process::{Server, documents, free_port, version, write};

const MODULES: &[&str] = &[
    "mpm_event",
    "authz_core",
    "authn_core",
    "authn_file",
    "auth_basic",
    "authz_user",
    "alias",
    "dir",
    "mime",
    "deflate",
    "filter",
    "headers",
    "ssl",
    "socache_shmcb",
    "dav",
    "dav_fs",
    "include",
];

/// Starts it, as one process in the foreground.
pub(crate) fn start(folder: &Path, ca: &Ca) -> Result<Server> {
    let folder = folder.join("apache");
    let version = version(Path::new("apache2"), "-v", "install apache2-bin")?;
    let root = documents(&folder)?;
    // What is included has no length that is known beforehand, and so much does not fit a buffer:
    // it comes in chunks.
    write(
        root.join("chunks.shtml"),
        crate::cases::numbered("<!--#echo var=\"REQUEST_METHOD\" -->"),
    )?;
    let (http, https) = (free_port()?, free_port()?);
    let identity = Tls::new().signed_by(ca).identity();
    write(folder.join("cert.pem"), identity.cert_pem)?;
    write(folder.join("key.pem"), identity.key_pem)?;
    write(
        folder.join("users"),
        "user:$apr1$courser0$RtG/S.2p.2mB.Ws4DVzsx.\n",
    )?;
    std::fs::create_dir_all(root.join("put"))?;
    let modules: Vec<String> = MODULES
        .iter()
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .collect();
    let modules = modules.concat();
    let (base, root) = (folder.display(), root.display());
    let config = format!(
        r#"
ServerRoot {base}
DefaultRuntimeDir {base}
PidFile {base}/apache.pid
Mutex file:{base}
ServerName localhost
{modules}
Listen 127.0.0.1:{http}
Listen 127.0.0.1:{https}
ErrorLog {base}/error.log
KeepAlive On
MaxKeepAliveRequests 100
DocumentRoot {root}
TypesConfig /dev/null
AddType text/html .html .shtml
AddType text/plain .txt
AddOutputFilter INCLUDES .shtml
AddOutputFilterByType DEFLATE text/html
DavLockDB {base}/dav.lock
Redirect 302 /found /hello.txt
Redirect 307 /put-elsewhere /put/file
Header set X-Twice "one"
Header add X-Twice "two"
<Directory {root}>
    Require all granted
    Options +Includes
</Directory>
<Location /put>
    Dav On
</Location>
<Location /private>
    AuthType Basic
    AuthName "the realm"
    AuthUserFile {base}/users
    Require valid-user
</Location>
Alias /private {root}/hello.txt
<VirtualHost 127.0.0.1:{https}>
    SSLEngine on
    SSLCertificateFile {base}/cert.pem
    SSLCertificateKeyFile {base}/key.pem
</VirtualHost>
"#
    );
    let config = write(folder.join("apache.conf"), config)?;
    let mut command = Command::new("apache2");
    command.arg("-X").arg("-f").arg(&config);
    let log = folder.join("log");
    Server::start(version, command, http, https, &log).context("apache2")
}
