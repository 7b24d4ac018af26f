//! Transit: data that keeps its types on the way, and types of your own over it.
//!
//! `cargo run --example transit` needs no network: it brings its own server.

use courser::coerce::transit::{self, Format};
use courser::{As, Value};
use courser_testkit::RawPeer;

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Item {
    name: String,
    count: u32,
}

fn main() -> anyhow::Result<()> {
    // Keywords, sets, exact numbers and tags survive, in each of the three encodings.
    let value = Value::keyword_map([
        ("status", Value::keyword("order/open")),
        ("tags", Value::set(["tea", "green"])),
        ("price", Value::decimal(1995, 2)),
        ("share", Value::ratio(1, 3)),
        ("at", Value::tagged("geo/point", Value::vector([48, 11]))),
    ]);
    for format in [Format::Json, Format::JsonVerbose, Format::MessagePack] {
        let bytes = transit::write(&value, format)?;
        assert_eq!(transit::read_slice(&bytes, format)?, value);
        println!("{format:?}: {} bytes", bytes.len());
    }
    println!("{value}");

    // Over HTTP, as data and as a type of your own.
    let items = [("tea", 2), ("milk", 1)].map(|(name, count)| Item {
        name: name.into(),
        count,
    });
    let body = String::from_utf8(transit::to_vec(&items, Format::Json)?)?;
    let server = RawPeer::answer(format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/transit+json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let url = server.url("/items");
    let response = courser::post(&url).transit(&items).as_(As::Auto).call()?;
    println!("{}", response.value().cloned().unwrap_or_default());
    let back: Vec<Item> = response.transit()?;
    assert_eq!(back, items);
    println!("{back:?}");
    Ok(())
}
