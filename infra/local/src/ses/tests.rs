//! What the mailer relies on: acceptance, refusals and ordered failures.

use super::*;

fn now() -> Timestamp {
    "2026-11-21T15:00:00Z".parse().unwrap()
}

fn simple(to: &str) -> Vec<u8> {
    json!({
        "FromEmailAddress": "Latchkey <no-reply@example.com>",
        "ReplyToAddresses": ["help@example.com"],
        "Destination": {"ToAddresses": [to]},
        "Content": {"Simple": {
            "Subject": {"Data": "Grüße"}, "Body": {"Text": {"Data": "hi"}, "Html": {"Data": "<p>hi</p>"}},
            "Headers": [{"Name": "X-Purpose", "Value": "welcome"}],
            "Attachments": [{"RawContent": "AAE=", "FileName": "a.bin", "ContentType": "application/x"}],
        }},
    })
    .to_string()
    .into_bytes()
}

fn error_of(answer: &Answer) -> (u16, String) {
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    (answer.status, body["__type"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_simple_mail_is_kept_as_it_was_sent() {
    let catcher = Catcher::new();
    let answer = catcher.send(&simple("Ada <ada@example.com>"), now());
    assert_eq!(answer.status, 200);
    let mails = catcher.mails(Some("ADA@example.com"));
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap()["MessageId"], mail.id);
    assert_eq!((mail.subject.as_str(), mail.text.as_str(), mail.html.as_str()), ("Grüße", "hi", "<p>hi</p>"));
    assert_eq!(mail.header("x-purpose"), Some("welcome"));
    assert_eq!(mail.header("reply-to"), Some("help@example.com"));
    assert_eq!(mail.attachments, [Attachment::new("a.bin", "application/x", &[0, 1])]);
    assert_eq!(mail.sent_at, now());
    assert!(catcher.mails(Some("bob@example.com")).is_empty());
}

#[test]
fn a_raw_mail_is_read_from_its_mime_parts() {
    let mime = "From: no-reply@example.com\r\nTo: ada@example.com\r\nSubject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\
        List-Unsubscribe: <https://example.com/u>\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/alternative; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nh=C3=AF\r\n\
        --b\r\nContent-Type: text/html\r\n\r\n<p>hi</p>\r\n--b--\r\n";
    let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, mime);
    let catcher = Catcher::new();
    let answer = catcher.send(json!({"Content": {"Raw": {"Data": data}}}).to_string().as_bytes(), now());
    assert_eq!(answer.status, 200, "{answer:?}");
    let mail = &catcher.mails(None)[0];
    assert_eq!((mail.subject.as_str(), mail.text.trim(), mail.html.trim()), ("Grüße", "hï", "<p>hi</p>"));
    assert_eq!(mail.header("list-unsubscribe"), Some("<https://example.com/u>"));
    assert_eq!((mail.to.as_slice(), mail.from.as_str()), (&["ada@example.com".to_owned()][..], "no-reply@example.com"));
}

#[test]
fn a_request_the_service_would_refuse_is_refused_by_the_same_name() {
    let catcher = Catcher::new();
    for to in ["ädä@example.com", "ada", "ada@exämple.com", "ada\r\nBcc: x@example.com"] {
        assert_eq!(error_of(&catcher.send(&simple(to), now())), (400, "BadRequestException".into()), "{to}");
    }
    let without_from = json!({"Destination": {"ToAddresses": ["a@example.com"]},
        "Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}});
    let without_to = json!({"FromEmailAddress": "a@example.com",
        "Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}});
    for body in [without_from, without_to] {
        assert_eq!(error_of(&catcher.send(body.to_string().as_bytes(), now())).1, "BadRequestException");
    }
    assert_eq!(error_of(&catcher.send(b"{", now())).0, 400);
    assert!(catcher.mails(None).is_empty());
}

#[test]
fn ordered_failures_come_in_order_and_end() {
    let catcher = Catcher::new();
    catcher.fail_next(2, &Failure::Refused("TooManyRequestsException".into()));
    catcher.fail_next(1, &Failure::Refused("MessageRejected".into()));
    catcher.fail_next(1, &Failure::Broken);
    let answers: Vec<_> = (0..4).map(|_| error_of(&catcher.send(&simple("a@example.com"), now()))).collect();
    assert_eq!(answers[0], (429, "TooManyRequestsException".into()));
    assert_eq!(answers[1], answers[0]);
    assert_eq!(answers[2], (400, "MessageRejected".into()));
    assert_eq!(answers[3].0, 500);
    assert!(catcher.mails(None).is_empty());
    assert_eq!(catcher.send(&simple("a@example.com"), now()).status, 200);
}

#[test]
fn a_lost_answer_means_that_the_mail_went_out_all_the_same() {
    let catcher = Catcher::new();
    catcher.fail_next(1, &Failure::LostAnswer);
    assert_eq!(catcher.send(&simple("a@example.com"), now()).status, 500);
    assert_eq!(catcher.mails(None).len(), 1);
}

#[test]
fn an_inbox_on_disk_is_there_again_even_after_a_line_was_cut_short() {
    let path = std::env::temp_dir().join(format!("latchkey-inbox-{}.jsonl", std::process::id()));
    let first = Catcher::open(&path).unwrap();
    first.send(&simple("a@example.com"), now());
    std::fs::write(&path, [std::fs::read(&path).unwrap(), b"{\"id\":\"cut".to_vec()].concat()).unwrap();
    let second = Catcher::open(&path).unwrap();
    second.send(&simple("b@example.com"), now());
    let third = Catcher::open(&path).unwrap();
    let to: Vec<_> = third.mails(None).into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!(to, ["b@example.com", "a@example.com"]);
    std::fs::remove_file(&path).unwrap();
}
