//! Each leniency forgives its fault and no other.

use crate::feed::{GET, STRICT, check, refuse};
use courser_h1::Leniency;

#[test]
fn bare_lf() {
    let forgiving = GET.forgiving(Leniency {
        bare_lf: true,
        ..STRICT
    });
    check(
        &forgiving,
        "HTTP/1.1 204 OK\nA: 1\r\nB: 2\n\n",
        "204 OK {A: 1, B: 2} KeepAlive",
    );
    check(&forgiving, "HTTP/1.1 204\n\n", "204  {} KeepAlive");
    check(
        &forgiving,
        "HTTP/1.1 204\nA: 1\n b\n\n",
        "204  {A: 1 b} KeepAlive",
    );
    let chunked = "HTTP/1.1 200 \nTransfer-Encoding: chunked\n\n";
    check(
        &forgiving,
        format!("{chunked}0\r\nA: 1\n\n"),
        "200  {Transfer-Encoding: chunked} {A: 1} KeepAlive",
    );
    refuse(
        &forgiving,
        format!("{chunked}2\nok\r\n0\r\n\r\n"),
        "neither ; nor",
    );
    refuse(&forgiving, "HTTP/1.1 204\nA: a\rb\n\n", "a value has");
}

#[test]
fn bare_cr() {
    let forgiving = GET.forgiving(Leniency {
        bare_cr: true,
        ..STRICT
    });
    check(
        &forgiving,
        "HTTP/1.1 204 O\rK\r\nA: a\rb\r\r\n\r\n",
        "204 O K {A: a b} KeepAlive",
    );
    // It is a space, so it ends no line, and begins no field.
    check(
        &forgiving,
        "HTTP/1.1 204 \r\nA: a\rContent-Length: 5\r\n\r\n",
        "204  {A: a Content-Length: 5} KeepAlive",
    );
    refuse(&forgiving, "HTTP/1.1 204 \r\n\rA: a\r\n\r\n", "line 2");
    refuse(
        &forgiving,
        "HTTP/1.1 204 \r\nA: a\nB: b\r\n\r\n",
        "LF without CR",
    );
}

#[test]
fn space_before_colon() {
    let forgiving = GET.forgiving(Leniency {
        space_before_colon: true,
        ..STRICT
    });
    check(
        &forgiving,
        "HTTP/1.1 200 a : b\r\nContent-Length \t: 2\r\nB: c : d\r\n\r\nok",
        "200 a : b {Content-Length: 2, B: c : d} \"ok\" KeepAlive",
    );
    refuse(&forgiving, "HTTP/1.1 200 \r\nA B: 2\r\n\r\n", "a name is");
    refuse(
        &forgiving,
        "HTTP/1.1 200 \r\nA: 1\r\n : 2\r\n:\r\n\r\n",
        "a name is",
    );
}

#[test]
fn length_with_transfer_encoding() {
    let forgiving = GET.forgiving(Leniency {
        length_with_transfer_encoding: true,
        ..STRICT
    });
    check(
        &forgiving,
        "HTTP/1.1 200 \r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "200  {Content-Length: 3, Transfer-Encoding: chunked} \"ok\" Close(Doubtful)",
    );
    let old = "HTTP/1.0 200 \r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    refuse(&forgiving, old, "HTTP/1.0 has none");
}

#[test]
fn transfer_encoding_in_http10() {
    let forgiving = GET.forgiving(Leniency {
        transfer_encoding_in_http10: true,
        ..STRICT
    });
    check(
        &forgiving,
        "HTTP/1.0 200 \r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "200  {Connection: keep-alive, Transfer-Encoding: chunked} \"ok\" Close(Doubtful)",
    );
}

#[test]
fn other_codings() {
    let forgiving = GET.forgiving(Leniency {
        other_codings: true,
        ..STRICT
    });
    check(
        &forgiving,
        "HTTP/1.1 200 \r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "200  {Transfer-Encoding: gzip, chunked} \"ok\" KeepAlive",
    );
    check(
        &forgiving,
        "HTTP/1.1 200 \r\nTransfer-Encoding: gzip\r\n\r\nok",
        "200  {Transfer-Encoding: gzip} \"ok\" Close(UntilClose)",
    );
    let after = "HTTP/1.1 200 \r\nTransfer-Encoding: chunked, gzip\r\n\r\n";
    refuse(&forgiving, after, "no coding can follow");
}

#[test]
fn space_after_chunk_size() {
    let forgiving = GET.forgiving(Leniency {
        space_after_chunk_size: true,
        ..STRICT
    });
    let head = "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n";
    check(
        &forgiving,
        format!("{head}2  \t\r\nok\r\n0 \r\n\r\n"),
        "200  {Transfer-Encoding: chunked} \"ok\" KeepAlive",
    );
    refuse(
        &forgiving,
        format!("{head}2 2\r\nok\r\n0 \r\n\r\n"),
        "neither ; nor",
    );
    refuse(
        &forgiving,
        format!("{head} 2\r\nok\r\n0 \r\n\r\n"),
        "size is not",
    );
}
