use crate::client::{Answer, Client, world};

const PATH: &str = "/share?restype=share&comp=acl";

/// Sets the stored access policies of the share: ids, each with the content of its `AccessPolicy`.
pub(crate) async fn set(client: &Client, policies: &[(&str, &str)]) -> Answer {
    let identifier = |(id, policy): &(&str, &str)| {
        format!("<SignedIdentifier><Id>{id}</Id><AccessPolicy>{policy}</AccessPolicy></SignedIdentifier>")
    };
    let identifiers: String = policies.iter().map(identifier).collect();
    let body = format!("<SignedIdentifiers>{identifiers}</SignedIdentifiers>");
    client.put(PATH).body(body.as_bytes()).send().await
}

#[tokio::test]
async fn policies_are_answered_as_recorded() {
    let world = world().await;
    let none = world.one.get(PATH).send().await.expect(200);
    assert!(none.text().ends_with("?><SignedIdentifiers />"), "{}", none.text());
    let read_and_write = "<Start>2012-11-10T00:00:00Z</Start><Expiry>2012-11-10T00:10:00.999Z</Expiry>\
                          <Permission>rw</Permission>";
    let changed =
        set(&world.one, &[("readwrite", read_and_write), ("read", "<Permission>r</Permission>"), ("x", "")])
            .await
            .expect(200);
    assert_ne!(changed.header("etag"), none.header("etag"));
    let all = world.one.get(PATH).send().await.expect(200);
    assert_eq!(all.header("etag"), changed.header("etag"));
    assert!(
        all.text().ends_with(
            "<SignedIdentifiers><SignedIdentifier><Id>readwrite</Id><AccessPolicy>\
             <Start>2012-11-10T00:00:00.0000000Z</Start><Expiry>2012-11-10T00:10:00.9990000Z</Expiry>\
             <Permission>rw</Permission></AccessPolicy></SignedIdentifier><SignedIdentifier><Id>read</Id>\
             <AccessPolicy><Permission>r</Permission></AccessPolicy></SignedIdentifier><SignedIdentifier>\
             <Id>x</Id><AccessPolicy /></SignedIdentifier></SignedIdentifiers>"
        ),
        "{}",
        all.text()
    );
    world.one.put(PATH).send().await.expect(200);
    assert!(world.one.get(PATH).send().await.expect(200).text().ends_with("<SignedIdentifiers />"));
}

#[tokio::test]
async fn five_policies_are_the_most_and_mistakes_are_named() {
    let world = world().await;
    let ids = ["a", "b", "c", "d", "e", "f"];
    let policies = ids.map(|id| (id, "<Permission>r</Permission>"));
    set(&world.one, &policies[..5]).await.expect(200);
    set(&world.one, &policies).await.refused(400, "InvalidXmlDocument");
    set(&world.one, &[policies[0], policies[0]]).await.refused(400, "InvalidXmlDocument");
    set(&world.one, &[("", "")]).await.refused(400, "InvalidXmlNodeValue");
    set(&world.one, &[(&"i".repeat(65), "")]).await.refused(400, "InvalidXmlNodeValue");
    set(&world.one, &[("a", "<Expiry>tomorrow</Expiry>")]).await.refused(400, "InvalidXmlNodeValue");
    set(&world.one, &[("a", "<Permission>rx</Permission>")]).await.refused(400, "InvalidXmlNodeValue");
    set(&world.one, &[("a", "<Colour>red</Colour>")]).await.refused(400, "UnsupportedXmlNode");
    world.one.put(PATH).body(b"<SignedIdentifiers>").send().await.refused(400, "InvalidXmlDocument");
    let kept = world.one.get(PATH).send().await.expect(200);
    assert_eq!(kept.elements("Id"), ids[..5]);
}

#[tokio::test]
async fn policies_of_a_leased_share_are_changed_by_its_holder_only() {
    let world = world().await;
    let lease = world.one.put("/share?restype=share&comp=lease").header("x-ms-lease-action", "acquire");
    let lease = lease.header("x-ms-lease-duration", "-1").send().await.expect(201);
    world.one.put(PATH).send().await.refused(412, "LeaseIdMissing");
    let put = world.one.put(PATH).header("x-ms-lease-id", lease.header("x-ms-lease-id"));
    put.send().await.expect(200);
}
