use crate::client::{Answer, Client, world};

const PATH: &str = "/?restype=service&comp=properties";
const RULE: &str = "<CorsRule><AllowedOrigins>http://www.example1.com</AllowedOrigins><AllowedMethods>GET,PUT\
    </AllowedMethods><AllowedHeaders>x-ms-header1</AllowedHeaders><ExposedHeaders></ExposedHeaders>\
    <MaxAgeInSeconds>10</MaxAgeInSeconds></CorsRule>";

async fn set(client: &Client, content: &str) -> Answer {
    let body = format!("<StorageServiceProperties>{content}</StorageServiceProperties>");
    client.put(PATH).body(body.as_bytes()).send().await
}

async fn get(client: &Client, version: &str) -> String {
    client.get(PATH).header("x-ms-version", version).send().await.expect(200).text()
}

#[tokio::test]
async fn a_new_account_has_the_recorded_properties() {
    let world = world().await;
    let expected = "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?><StorageServiceProperties><HourMetrics>\
        <Version>1.0</Version><Enabled>true</Enabled><IncludeAPIs>true</IncludeAPIs><RetentionPolicy><Enabled>true\
        </Enabled><Days>7</Days></RetentionPolicy></HourMetrics><MinuteMetrics><Version>1.0</Version><Enabled>false\
        </Enabled><RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></MinuteMetrics><Cors /><ProtocolSettings>\
        <SMB><Multichannel><Enabled>false</Enabled></Multichannel></SMB></ProtocolSettings></StorageServiceProperties>";
    assert_eq!(get(&world.one, "2021-06-08").await, expected);
    let newer = get(&world.one, "2026-02-06").await;
    assert!(
        newer
            .contains("</Multichannel><EncryptionInTransit><Required>false</Required></EncryptionInTransit>")
    );
}

#[tokio::test]
async fn what_is_set_is_answered_and_the_rest_stays() {
    let world = world().await;
    let one = &world.one;
    let metrics = "<MinuteMetrics><Version>1.0</Version><Enabled>true</Enabled><IncludeAPIs>false</IncludeAPIs>\
        <RetentionPolicy><Enabled>true</Enabled><Days>3</Days></RetentionPolicy></MinuteMetrics>";
    let answer = set(one, &format!("{metrics}<Cors>{RULE}</Cors>")).await.expect(202);
    assert!(answer.body.is_empty());
    let protocols = "<ProtocolSettings><SMB><EncryptionInTransit><Required>true</Required></EncryptionInTransit></SMB>\
        </ProtocolSettings>";
    set(one, protocols).await.expect(202);
    let text = get(one, "2026-06-06").await;
    assert!(text.contains(metrics), "{text}");
    assert!(
        text.contains(
            "<Cors><CorsRule><AllowedMethods>GET,PUT</AllowedMethods><AllowedOrigins>http://www.example1.com\
             </AllowedOrigins><AllowedHeaders>x-ms-header1</AllowedHeaders><ExposedHeaders />\
             <MaxAgeInSeconds>10</MaxAgeInSeconds></CorsRule></Cors>"
        ),
        "{text}"
    );
    assert!(text.contains("<Required>true</Required></EncryptionInTransit></SMB>"), "{text}");
    set(one, "<Cors />").await.expect(202);
    let text = get(one, "2026-06-06").await;
    assert!(text.contains("<Cors />") && text.contains(metrics), "{text}");
    assert!(!get(&world.two, "2026-06-06").await.contains("<Days>3</Days>"));
}

#[tokio::test]
async fn mistakes_in_service_properties_are_named_and_change_nothing() {
    let world = world().await;
    let before = get(&world.one, "2026-06-06").await;
    let metrics = |content: &str| format!("<HourMetrics>{content}</HourMetrics>");
    let retention = "<RetentionPolicy><Enabled>false</Enabled></RetentionPolicy>";
    let off = format!("<Version>1.0</Version><Enabled>false</Enabled>{retention}");
    for (content, code) in [
        ("<Unknown />".to_owned(), "UnsupportedXmlNode"),
        (metrics(""), "MissingRequiredXmlNode"),
        (metrics(&off.replace("1.0", "2.0")), "InvalidXmlNodeValue"),
        (metrics(&off.replace("<Enabled>false", "<Enabled>maybe")), "InvalidXmlNodeValue"),
        (metrics("<Version>1.0</Version><Enabled>true</Enabled>"), "MissingRequiredXmlNode"),
        (
            metrics(&off.replace("false</Enabled></R", "true</Enabled><Days>366</Days></R")),
            "InvalidXmlNodeValue",
        ),
        (format!("<Cors>{}</Cors>", RULE.repeat(6)), "InvalidXmlDocument"),
        (format!("<Cors>{}</Cors>", RULE.replace("GET,PUT", "GET,JUMP")), "InvalidXmlNodeValue"),
        (format!("<Cors>{}</Cors>", RULE.replace("10", "-1")), "InvalidXmlNodeValue"),
        ("<Cors><CorsRule></Cors>".to_owned(), "InvalidXmlDocument"),
        ("<ProtocolSettings><FTP /></ProtocolSettings>".to_owned(), "UnsupportedXmlNode"),
    ] {
        set(&world.one, &content).await.refused(400, code);
    }
    assert_eq!(get(&world.one, "2026-06-06").await, before);
}
