use super::*;

/// The leaves of a document, as `path=text`.
fn leaves(document: &str) -> Result<Vec<String>> {
    let mut leaves = Vec::new();
    walk(document.as_bytes(), |step| {
        if let Step::Close(path, text) = step {
            leaves.push(format!("{path}={text}"));
        }
        Ok(())
    })?;
    Ok(leaves)
}

fn check(document: &str, expected: &[&str]) {
    assert_eq!(leaves(document).expect("well formed"), expected, "{document}");
}

#[test]
fn text_is_whole_whatever_it_is_made_of() {
    check("<N>a&amp;b&lt;c&gt;&quot;&apos;</N>", &["N=a&b<c>\"'"]);
    check("<N>&#x1F980;&#233;&#9;</N>", &["N=🦀é\t"]);
    check("<N> a  b </N>", &["N= a  b "]);
    check("<N><![CDATA[a&b]]></N>", &["N=a&b"]);
    check("<N>50%25</N>", &["N=50%25"]);
    check("<N/>", &["N="]);
}

#[test]
fn only_a_marked_name_is_decoded() {
    check("<N Encoded=\"true\">50%25%EF%BF%BE&amp;</N>", &["N=50%\u{fffe}&"]);
    check("<N Encoded=\"false\">50%25</N>", &["N=50%25"]);
    check("<R><A Encoded=\"true\">%25</A><B>%25</B></R>", &["R/A=%", "R/B=%25", "R="]);
}

#[test]
fn a_byte_order_mark_and_a_declaration_are_not_content() {
    check("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><R><A>1</A></R>", &["R/A=1", "R="]);
}

#[test]
fn what_is_cut_or_broken_is_an_error() {
    for document in [
        "",
        "\u{feff}<?xml version=\"1.0\"?>",
        "<R><A>1</A>",
        "<R><A>1</R>",
        "<R><A>1</A></R",
        "<R>&unknown;</R>",
        "<R><N Encoded=\"true\">%FF</N></R>",
        "</R>",
    ] {
        assert!(leaves(document).is_err(), "{document}");
    }
}
