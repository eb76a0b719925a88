//! Where answers are wanted, an incident says which object it is about in what PagerDuty's webhooks give back.

use notify_core::reference;
use notify_test::Bench;
use notify_test::command_lines::{HOST, SERVICE, with};

use crate::PROGRAM;

fn client(config: &str, line: &[&str]) -> (String, Option<String>) {
    let bench = Bench::new(PROGRAM);
    bench.config(&format!(
        "site = \"berlin\"\n{}{config}",
        bench.smallest_config()
    ));
    let body = bench.sent(line).json();
    let given = |key: &str| body[key].as_str().map(str::to_owned);
    (given("client").expect("a client"), given("client_url"))
}

#[test]
fn the_page_carries_the_reference() {
    let links = "two_way = true\n[links]\nnagios = \"https://mon.example.com/nagios/cgi-bin\"";
    let line = with(&SERVICE, "--servicedesc", "Disk /var");
    let (name, page) = client(links, &line);
    assert_eq!(name, "Monitoring berlin");
    let page = page.expect("a page");
    let (plain, _) = page.split_once('#').expect("a fragment");
    assert!(
        plain.ends_with("host=web01&service=Disk%20%2Fvar"),
        "{page}"
    );
    let found = reference::carried(&page);
    assert_eq!(found.as_deref(), Some("mon:v1:berlin/web01/Disk%20%2Fvar"));
}

#[test]
fn without_a_page_that_can_carry_it_the_name_does() {
    let old = "[links]\nopenitcockpit4 = \"https://mon.example.com\"";
    for links in ["", old] {
        let (name, page) = client(&format!("two_way = true\n{links}"), &HOST);
        assert_eq!(name, "Monitoring berlin #mon:v1:berlin/web01");
        assert_eq!(page.is_some(), !links.is_empty());
        assert!(page.is_none_or(|page| !page.contains("mon:v1")));
    }
}

#[test]
fn where_nobody_asks_nothing_is_added() {
    let (name, page) = client("two_way = false", &HOST);
    assert_eq!((name.as_str(), page), ("Monitoring berlin", None));
}
