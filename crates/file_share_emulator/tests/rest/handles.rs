use crate::client::world;

#[tokio::test]
async fn no_handle_is_open_anywhere() {
    let world = world().await;
    let one = &world.one;
    one.put("/share/dir?restype=directory").send().await.expect(201);
    one.create_file("/share/dir/file", 1).send().await.expect(201);
    for path in ["/share", "/share/dir", "/share/dir/file"] {
        let listed = one.get(&format!("{path}?comp=listhandles")).header("x-ms-recursive", "True");
        let listed = listed.send().await.expect(200);
        let results = "<EnumerationResults><Entries /><NextMarker /></EnumerationResults>";
        assert!(listed.text().ends_with(results), "{}", listed.text());
        for handle in ["*", "21129684298"] {
            let close = one.put(&format!("{path}?comp=forceclosehandles")).header("x-ms-handle-id", handle);
            let closed = close.send().await.expect(200);
            assert_eq!(closed.header("x-ms-number-of-handles-closed"), "0");
            assert_eq!(closed.header("x-ms-number-of-handles-failed"), "0");
        }
    }
    let limited = one.get("/share?comp=listhandles&maxresults=1").send().await.expect(200);
    assert!(limited.text().contains("<EnumerationResults><MaxResults>1</MaxResults><Entries />"));
}

#[tokio::test]
async fn handles_are_asked_for_by_name() {
    let world = world().await;
    let one = &world.one;
    one.get("/share/none?comp=listhandles").send().await.refused(404, "ResourceNotFound");
    one.get("/share/none/none?comp=listhandles").send().await.refused(404, "ParentNotFound");
    one.put("/share?comp=forceclosehandles").send().await.refused(400, "MissingRequiredHeader");
    let wrong = one.put("/share?comp=forceclosehandles").header("x-ms-handle-id", "all");
    wrong.send().await.refused(400, "InvalidHeaderValue");
    let old = one.put("/share?comp=forceclosehandles").header("x-ms-handle-id", "*");
    let old = old.header("x-ms-version", "2018-11-09").send().await.expect(200);
    assert!(!old.headers.contains_key("x-ms-number-of-handles-failed"));
}
