//! The operations of the table service by the names of its reference.

use percent_encoding::percent_decode_str;

use crate::message::Message;

/// Empty for what is none of them.
pub(crate) fn name(request: &Message) -> &'static str {
    let [method, target, _] = request.first_line();
    let path = target.split('?').next().unwrap_or_default();
    // The first segment is the account.
    let resource = path.trim_start_matches('/').split_once('/').map_or("", |(_, resource)| resource);
    let resource = percent_decode_str(resource).decode_utf8_lossy();
    let is_conditional = request.header("if-match").is_some();
    let (table, key) = match resource.split_once('(') {
        Some((table, key)) => (table, key.strip_suffix(')').unwrap_or(key)),
        None => (&*resource, ""),
    };
    match (method, table, key) {
        ("POST", "$batch", _) => "Transaction",
        ("POST", "Tables", "") => "Create Table",
        ("GET", "Tables", "") => "Query Tables",
        ("DELETE", "Tables", _) => "Delete Table",
        (_, "", _) | (_, "Tables" | "$batch", _) => "",
        ("POST", _, "") => "Insert Entity",
        ("GET", _, "") => "Query Entities",
        (_, _, "") => "",
        ("GET", _, _) => "Get Entity",
        ("PUT", _, _) if is_conditional => "Update Entity",
        ("PUT", _, _) => "Insert Or Replace Entity",
        ("PATCH" | "MERGE", _, _) if is_conditional => "Merge Entity",
        ("PATCH" | "MERGE", _, _) => "Insert Or Merge Entity",
        ("DELETE", _, _) => "Delete Entity",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(request: &str, headers: &str, expected: &str) {
        let head = format!("{request} HTTP/1.1\r\n{headers}\r\n").into_bytes();
        assert_eq!(name(&Message { head, body: Vec::new() }), expected, "{request}");
    }

    #[test]
    fn operations_are_told_by_method_path_and_condition() {
        check("POST /one/Tables", "", "Create Table");
        check("GET /one/Tables?$top=1", "", "Query Tables");
        check("DELETE /one/Tables('pairs')", "", "Delete Table");
        check("POST /one/$batch", "", "Transaction");
        check("POST /one/%24batch", "", "Transaction");
        check("POST /one/pairs", "", "Insert Entity");
        check("GET /one/pairs()?$filter=a%20eq%20'(b)'", "", "Query Entities");
        check("GET /one/pairs", "", "Query Entities");
        check("GET /one/pairs(PartitionKey='a',RowKey='b%29')", "", "Get Entity");
        check("GET /one/pairs%28PartitionKey=%27a%27,RowKey=%27b%27%29", "", "Get Entity");
        check("PUT /one/pairs(PartitionKey='a',RowKey='b')", "if-match: *\r\n", "Update Entity");
        check("PUT /one/pairs(PartitionKey='a',RowKey='b')", "", "Insert Or Replace Entity");
        check("PATCH /one/pairs(PartitionKey='a',RowKey='b')", "If-Match: W/\r\n", "Merge Entity");
        check("DELETE /one/pairs(PartitionKey='a',RowKey='b')", "if-match: *\r\n", "Delete Entity");
    }

    #[test]
    fn what_is_no_operation_has_no_name() {
        for request in ["GET /", "GET /one", "PUT /one/pairs", "PUT /one/Tables", "DELETE /one/pairs", ""] {
            check(request, "", "");
        }
    }
}
