//! Parameters of queries and forms.

use courser_coerce::Value;
use courser_coerce::form::ParamStyle;
use courser_core::{Error, ErrorKind};

use super::super::option::Entry;
use super::super::parse::{
    Outcome, Unfit, charset, flag, items, one_of, put, text, unknown_word, word,
};
use crate::{JsonOpts, Params, TransitOpts};

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::new(
        "query-params",
        PARAMS,
        "none",
        "parameters, appended to the query of the URL",
        |d, v, _| put(&mut d.request.query_params, params(v)),
    )
    .secret(),
    Entry::new(
        "form-params",
        "a map, or a sequence of pairs; other data for JSON and EDN",
        "none",
        "the body as a form, or as :content-type says :json or :edn",
        |d, v, _| {
            d.request.form_params = Some(v.clone());
            Ok(())
        },
    )
    .secret(),
    Entry::new(
        "multi-param-style",
        ":array, :indexed, :comma-separated or :default",
        "a=1&a=2",
        "how several values are written: a[]=1&a[]=2, a[0]=1&a[1]=2, a=1,2",
        |d, v, _| put(&mut d.request.multi_param_style, one_of(v, &STYLES)),
    ),
    Entry::flag(
        "ignore-nested-query-string",
        "false",
        "prints nested maps among :query-params, rather than writing a[b]=1",
        |d, v, _| put(&mut d.request.ignore_nested_query_string, flag(v)),
    ),
    Entry::flag(
        "flatten-nested-form-params",
        "false",
        "writes nested maps among :form-params as a[b]=1",
        |d, v, _| put(&mut d.request.flatten_nested_form_params, flag(v)),
    ),
    Entry::new(
        "flatten-nested-keys",
        "a sequence of :query-params and :form-params",
        "[:query-params]",
        "the parameters whose nested maps are written as a[b]=1",
        |d, v, _| {
            let one = |item| one_of(item, &KINDS);
            put(
                &mut d.request.flatten_nested_keys,
                items(v)?.iter().map(one).collect(),
            )
        },
    ),
    Entry::new(
        "form-param-encoding",
        "the name of a charset",
        "\"UTF-8\"",
        "the charset of :form-params",
        |d, v, _| put(&mut d.request.form_param_encoding, charset(v)),
    ),
    Entry::new(
        "json-opts",
        "a map: :pretty, :escape-non-ascii, :date-format \"yyyy-MM-dd\"",
        "{}",
        "how :form-params are written as JSON",
        |d, v, _| put(&mut d.request.json_opts, json_opts(v).map(Box::new)),
    )
    .feature("json", cfg!(feature = "json")),
    Entry::new(
        "transit-opts",
        "a map: :encode and :decode, each {:handlers {}}; handlers are functions, in Rust",
        "{}",
        "how Transit is written and read",
        |d, v, _| put(&mut d.request.transit_opts, transit_opts(v).map(Box::new)),
    )
    .feature("transit", cfg!(feature = "transit")),
];

const PARAMS: &str = "a map, or a sequence of pairs";

pub(in crate::data) const STYLES: [(&str, ParamStyle); 4] = [
    ("array", ParamStyle::Array),
    ("indexed", ParamStyle::Indexed),
    ("comma-separated", ParamStyle::CommaSeparated),
    ("default", ParamStyle::Repeat),
];

pub(in crate::data) const KINDS: [(&str, Params); 2] = [
    ("query-params", Params::Query),
    ("form-params", Params::Form),
];

fn json_opts(value: &Value) -> Outcome<JsonOpts> {
    let mut opts = JsonOpts::default();
    for (key, value) in value.as_map().ok_or(Unfit::Type)? {
        match word(key)? {
            "pretty" => opts.pretty = flag(value)?,
            "escape-non-ascii" => opts.escape_non_ascii = flag(value)?,
            "date-format" => opts.date_format = Some(text(value)?),
            "key-fn" => {
                let error = Error::new(
                    ErrorKind::Unsupported,
                    ":key-fn of :json-opts is a function",
                );
                return Err(error.help("in Rust it is `JsonOpts::key_fn`").into());
            }
            other => {
                return Err(unknown_word(
                    other,
                    ["pretty", "escape-non-ascii", "date-format", "key-fn"],
                ));
            }
        }
    }
    Ok(opts)
}

fn transit_opts(value: &Value) -> Outcome<TransitOpts> {
    for (key, value) in value.as_map().ok_or(Unfit::Type)? {
        let side = word(key)?;
        if !["encode", "decode"].contains(&side) {
            return Err(unknown_word(side, ["encode", "decode"]));
        }
        for (key, value) in value.as_map().ok_or(Unfit::Type)? {
            match (word(key)?, value.as_map()) {
                ("handlers", Some(handlers)) if handlers.is_empty() => {}
                ("handlers", Some(_)) => {
                    let message = ":handlers of :transit-opts are functions";
                    let error = Error::new(ErrorKind::Unsupported, message);
                    return Err(error
                        .help("in Rust they are fields of `TransitOpts`")
                        .into());
                }
                ("handlers", None) => return Err(Unfit::Type),
                (other, _) => return Err(unknown_word(other, ["handlers"])),
            }
        }
    }
    Ok(TransitOpts::default())
}

fn params(value: &Value) -> Outcome<Value> {
    match value {
        Value::Map(_) | Value::Vector(_) | Value::List(_) => Ok(value.clone()),
        _ => Err(Unfit::Type),
    }
}
