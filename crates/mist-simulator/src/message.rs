//! A request and its response without the socket, and reading the body of a request.

use crate::config::FieldErrors;
use serde_json::{Map, Value, json};

#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) source: Option<std::net::IpAddr>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of the query without decoding, for numbers.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// A parameter of the query with percent-decoding.
    pub(crate) fn decoded_parameter(&self, name: &str) -> Option<String> {
        self.parameter(name).map(decoded)
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .filter(|(header, _)| header == "cookie")
            .flat_map(|(_, value)| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }
}

/// Undoes the percent-encoding of a query.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string().into_bytes())
    }

    pub(crate) fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), content_type.to_owned())], body }
    }

    /// 200 without a body.
    pub(crate) fn empty() -> Self {
        Self { status: 200, headers: Vec::new(), body: Vec::new() }
    }

    /// An error with a `detail`.
    pub(crate) fn detail(status: u16, detail: &str) -> Self {
        Self::json(status, &json!({ "detail": detail }))
    }

    /// The same with one more field, if the body is an object.
    pub(crate) fn with_field(mut self, field: &str, value: &str) -> Self {
        if let Ok(Value::Object(mut fields)) = serde_json::from_slice(&self.body) {
            fields.insert(field.to_owned(), json!(value));
            self.body = Value::Object(fields).to_string().into_bytes();
        }
        self
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// The object in the body. An empty body is an empty object.
pub(crate) fn object(request: &Request) -> Result<Map<String, Value>, Reply> {
    if request.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    let content_type = request.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Reply::detail(415, &format!("Unsupported media type \"{content_type}\" in request.")));
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Reply::detail(400, "Invalid data. Expected a dictionary.")),
        Err(error) => Err(Reply::detail(400, &parse_error(&request.body, error.line(), error.column()))),
    }
}

/// The wording is that of the OpenAPI document's example, which is Python's.
fn parse_error(body: &[u8], line: usize, column: usize) -> String {
    let lines_before = body.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1));
    let index = lines_before.map(<[u8]>::len).sum::<usize>() + column.saturating_sub(1);
    format!("JSON parse error - Expecting value: line {line} column {} (char {index})", column.max(1))
}

/// An error in one field.
#[derive(Debug, PartialEq)]
pub(crate) struct FieldError {
    pub(crate) field: &'static str,
    pub(crate) problem: String,
}

impl FieldError {
    pub(crate) fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self { field, problem: problem.into() }
    }

    pub(crate) fn reply(&self, form: FieldErrors) -> Reply {
        field_error(self.field, &self.problem, form)
    }
}

/// A 400 for one field.
pub(crate) fn field_error(field: &str, problem: &str, form: FieldErrors) -> Reply {
    let map = json!({ field: [problem] });
    match form {
        FieldErrors::Detail => Reply::detail(400, &format!("{field}: {problem}")),
        FieldErrors::DetailMap => Reply::json(400, &json!({ "detail": map })),
        FieldErrors::Map => Reply::json(400, &map),
    }
}

/// A string, or `None` if the field is absent.
pub(crate) fn string(fields: &Map<String, Value>, field: &'static str) -> Result<Option<String>, FieldError> {
    match fields.get(field) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Null) => Err(FieldError::new(field, "This field may not be null.")),
        Some(_) => Err(FieldError::new(field, "Not a valid string.")),
    }
}

/// A string that is required and not blank.
pub(crate) fn required_string(fields: &Map<String, Value>, field: &'static str) -> Result<String, FieldError> {
    let text = string(fields, field)?.ok_or_else(|| FieldError::new(field, "This field is required."))?;
    if text.trim().is_empty() {
        return Err(FieldError::new(field, "This field may not be blank."));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(content_type: &str, body: &[u8]) -> Request {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Request { headers, body: body.to_vec(), ..Request::default() }
    }

    fn status_and_detail(request: &Request) -> (u16, String) {
        let reply = object(request).unwrap_err();
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        (reply.status, body["detail"].as_str().unwrap().to_owned())
    }

    #[test]
    fn a_parse_error_reports_line_column_and_character() {
        let (status, detail) = status_and_detail(&request("application/json", b"{\n \"a\": x}"));
        assert_eq!((status, detail.as_str()), (400, "JSON parse error - Expecting value: line 2 column 7 (char 8)"));
    }

    #[test]
    fn a_body_must_be_a_json_object_by_its_header() {
        assert_eq!(status_and_detail(&request("text/plain", b"{}")).0, 415);
        assert_eq!(status_and_detail(&request("application/json", b"[]")).0, 400);
        assert_eq!(status_and_detail(&request("application/json", b"\xff")).0, 400);
        assert!(object(&request("application/json; charset=utf-8", b"{}")).is_ok());
        assert!(object(&Request::default()).is_ok());
    }
}
