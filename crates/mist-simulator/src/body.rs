//! Reading the body of a request, and how a bad one is told.

use crate::config::FieldErrors;
use crate::message::{Reply, Request};
use serde_json::{Map, Value, json};

/// The object in the body; an empty body is an empty object.
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

/// In the words of the OpenAPI document's example of a 400, which are Python's.
fn parse_error(body: &[u8], line: usize, column: usize) -> String {
    let lines_before = body.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1));
    let index = lines_before.map(<[u8]>::len).sum::<usize>() + column.saturating_sub(1);
    format!("JSON parse error - Expecting value: line {line} column {} (char {index})", column.max(1))
}

/// What is wrong with one field.
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

/// A string, or `None` where the field is absent.
pub(crate) fn string(fields: &Map<String, Value>, field: &'static str) -> Result<Option<String>, FieldError> {
    match fields.get(field) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Null) => Err(FieldError::new(field, "This field may not be null.")),
        Some(_) => Err(FieldError::new(field, "Not a valid string.")),
    }
}

/// A string that has to be there and has to say something.
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
    fn a_parse_error_tells_line_column_and_character() {
        let (status, detail) = status_and_detail(&request("application/json", b"{\n \"a\": x}"));
        assert_eq!((status, detail.as_str()), (400, "JSON parse error - Expecting value: line 2 column 7 (char 8)"));
    }

    #[test]
    fn what_is_not_json_by_its_header_or_not_an_object_is_refused() {
        assert_eq!(status_and_detail(&request("text/plain", b"{}")).0, 415);
        assert_eq!(status_and_detail(&request("application/json", b"[]")).0, 400);
        assert_eq!(status_and_detail(&request("application/json", b"\xff")).0, 400);
        assert!(object(&request("application/json; charset=utf-8", b"{}")).is_ok());
        assert!(object(&Request::default()).is_ok());
    }
}
