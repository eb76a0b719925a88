//! Links to the monitoring's own pages.

use crate::names::page;
use crate::{Bench, Program};

#[macro_export]
macro_rules! links {
    ($program:expr) => {
        $crate::promises!(links, $program;
            every_kind_of_monitoring_has_its_links,
            templates_are_filled_with_encoded_values,
            links_that_cannot_be_used_are_left_out_with_a_word,
        );
    };
}

/// The message's body as the vendor reads it.
fn body(bench: &Bench, line: &[String]) -> String {
    let run = bench.run(line);
    run.code(0).quiet().one_line(bench.program);
    let message = bench.preview.received().pop().expect("a message");
    message.json().to_string().replace("&amp;", "&")
}

pub fn every_kind_of_monitoring_has_its_links(program: Program) {
    let (host, service) = ("web 01&x=ö", "Disk /var#1");
    for (key, base, host_link, service_link) in [
        (
            "openitcockpit",
            "https://mon.example.com",
            "https://mon.example.com/a/hosts/browser/web%2001%26x%3D%C3%B6",
            "https://mon.example.com/a/services/browser/Disk%20%2Fvar%231",
        ),
        (
            "openitcockpit4",
            "https://mon.example.com/",
            "https://mon.example.com/#!/hosts/browser/web%2001%26x%3D%C3%B6",
            "https://mon.example.com/#!/services/browser/Disk%20%2Fvar%231",
        ),
        (
            "nagios",
            "https://mon.example.com/nagios/cgi-bin",
            "https://mon.example.com/nagios/cgi-bin/extinfo.cgi?type=1&host=web%2001%26x%3D%C3%B6",
            "https://mon.example.com/nagios/cgi-bin/extinfo.cgi?type=2&host=web%2001%26x%3D%C3%B6&service=Disk%20%2Fvar%231",
        ),
        (
            "thruk",
            "https://mon.example.com/thruk/",
            "https://mon.example.com/thruk/cgi-bin/extinfo.cgi?type=1&host=web%2001%26x%3D%C3%B6",
            "https://mon.example.com/thruk/cgi-bin/extinfo.cgi?type=2&host=web%2001%26x%3D%C3%B6&service=Disk%20%2Fvar%231",
        ),
        (
            "icingaweb2",
            "https://mon.example.com/icingaweb2",
            "https://mon.example.com/icingaweb2/icingadb/host?name=web%2001%26x%3D%C3%B6",
            "https://mon.example.com/icingaweb2/icingadb/service?name=Disk%20%2Fvar%231&host.name=web%2001%26x%3D%C3%B6",
        ),
    ] {
        let bench = Bench::new(program);
        bench.config(&format!(
            "[links]\n{key} = {base:?}\n{}",
            bench.smallest_config()
        ));
        let of_host = body(&bench, &page(host, None));
        assert!(of_host.contains(host_link), "{key}: {of_host}");
        let of_service = body(&bench, &page(host, Some(service)));
        assert!(of_service.contains(service_link), "{key}: {of_service}");
    }
}

pub fn templates_are_filled_with_encoded_values(program: Program) {
    let bench = Bench::new(program);
    bench.config(&format!(
        "[links]
nagios = \"https://mon.example.com/nagios\"
host = \"https://g.example.com/$HOSTNAME$?a=$HOSTADDRESS$&b=$HOSTALIAS$&c=$HOSTGROUPNAME$&d=$HOSTDISPLAYNAME$#top\"
service = \"https://g.example.com/$HOSTNAME$/$SERVICEDESC$?d=$SERVICEDISPLAYNAME$\"
{}",
        bench.smallest_config()
    ));
    let mut line = page("web/01", None);
    let more = [
        "--hostalias",
        "Shop & more",
        "--hostgroup",
        "a,b",
        "--hostdisplayname",
        "Shop",
    ];
    line.extend(more.map(str::to_owned));
    let link = "https://g.example.com/web%2F01?a=10.1.1.1&b=Shop%20%26%20more&c=a%2Cb&d=Shop#top";
    let of_host = body(&bench, &line);
    assert!(of_host.contains(link), "{of_host}");
    let mut line = page("web/01", Some("C:\\ \"x\" 100%"));
    line.extend(["--servicedisplayname", "<b>"].map(str::to_owned));
    let link = "https://g.example.com/web%2F01/C%3A%5C%20%22x%22%20100%25?d=%3Cb%3E";
    let of_service = body(&bench, &line);
    assert!(of_service.contains(link), "{of_service}");
}

pub fn links_that_cannot_be_used_are_left_out_with_a_word(program: Program) {
    for (keys, words) in [
        (
            "nagios = \"javascript:alert(1)\"",
            "links.nagios must begin with http",
        ),
        (
            "host = \"mon.example.com/$HOSTNAME$\"",
            "links.host must begin with http",
        ),
        ("host = \"https://m/$HOSTNAM$\"", "unknown macro $HOSTNAM$"),
        (
            "service = \"https://m/$SERVICEDESC\"",
            "links.service has a $",
        ),
        (
            "nagios = \"https://m\"\nthruk = \"https://m\"",
            "one kind of link",
        ),
    ] {
        let bench = Bench::new(program);
        bench.config(&format!("[links]\n{keys}\n{}", bench.smallest_config()));
        let run = bench.send(&[]);
        assert_eq!(run.code, 0, "{keys}: {run:#?}");
        run.quiet().says(words).says("delivered");
        let body = String::from_utf8_lossy(&bench.only().body).into_owned();
        assert!(!body.contains("javascript"), "{keys}: {body}");
    }
}
