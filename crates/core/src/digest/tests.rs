//! What a digest says, and what it says where there is little room.

use super::*;

/// `HOST`, or `HOST/SERVICE`.
fn member(object: &str, state: Option<State>, what: What) -> Member {
    let (host, service) = match object.split_once('/') {
        Some((host, service)) => (host, Some(service.to_owned())),
        None => (object, None),
    };
    Member {
        host: host.to_owned(),
        service,
        state,
        what,
        due: None,
    }
}

fn problem(object: &str, state: State) -> Member {
    Member {
        due: Some(state),
        ..member(object, Some(state), What::Problem)
    }
}

fn recovered(object: &str) -> Member {
    let state = match object.contains('/') {
        true => State::Ok,
        false => State::Up,
    };
    member(object, Some(state), What::Recovery)
}

fn over(object: &str) -> Member {
    member(object, Some(State::Ok), What::Over)
}

fn said(line: &str) -> Member {
    member("web01", None, What::Other(line.to_owned()))
}

fn down_for(object: &str, note: &'static str, said: &str) -> Member {
    let said = said.to_owned();
    member(object, None, What::Downtime { note, said })
}

fn digest(members: &[Member]) -> Digest {
    Digest::of(members, Emoji::Shown, "", "look".to_owned())
}

fn lines(members: &[Member]) -> Vec<String> {
    digest(members).fitting(usize::MAX, str::len)
}

#[test]
fn the_headline_counts_what_there_is() {
    let (down, critical) = (State::Down, State::Critical);
    let cases: [(&[Member], &str); 8] = [
        (&[problem("a", down)], "🔴 1 problem, 1 host – 1 DOWN"),
        (
            &[
                problem("a/1", State::Warning),
                problem("a/2", critical),
                problem("b", down),
                problem("a/3", critical),
                problem("b/1", State::Unknown),
                problem("c", State::Unreachable),
            ],
            "🔴 6 problems, 3 hosts – 1 DOWN, 2 CRITICAL, 1 UNREACHABLE, 1 UNKNOWN, 1 WARNING",
        ),
        (
            &[
                problem("a/1", State::Warning),
                recovered("b"),
                over("c"),
                said("x"),
            ],
            "🟡 1 problem, 1 host – 1 WARNING, 1 recovered, 1 over already, 1 other",
        ),
        (
            &[member("a/1", None, What::Problem)],
            "⚪ 1 problem, 1 host – 1 UNKNOWN",
        ),
        (
            &[recovered("a"), recovered("a/1"), recovered("b"), said("x")],
            "✅ 3 recovered on 2 hosts, 1 other",
        ),
        (
            &[over("a"), over("a/1"), said("x")],
            "ℹ️ 2 over already on 1 host, 1 other",
        ),
        (
            &[recovered("a"), over("b")],
            "✅ 1 recovered on 1 host, 1 over already",
        ),
        (&[said("x"), down_for("a", "", "Max")], "ℹ️ 2 other"),
    ];
    for (members, headline) in cases {
        assert_eq!(digest(members).headline, headline);
    }
}

#[test]
fn a_title_stands_before_the_counts_and_symbols_are_left_out_on_request() {
    let members = [problem("a", State::Down), recovered("b")];
    let digest = Digest::of(&members, Emoji::LeftOut, "after the mute", String::new());
    let headline = "after the mute: 1 problem, 1 host – 1 DOWN, 1 recovered";
    assert_eq!(digest.headline, headline);
    let lines = digest.fitting(usize::MAX, str::len);
    assert_eq!(lines, ["a – DOWN", "b – UP"]);
}

#[test]
fn hosts_are_grouped_and_the_worst_comes_first() {
    let members = [
        said("📣 web01 (UP) – Max: \"hello\""),
        recovered("z/1"),
        problem("warned/1", State::Warning),
        problem("b/Ping", State::Critical),
        member("nothing-given/1", None, What::Problem),
        over("flaps/1"),
        problem("a/Ping", State::Critical),
        down_for("a", "", "Max"),
        problem("b/Ping 2", State::Critical),
        problem("b/Disk", State::Warning),
        problem("lost", State::Unreachable),
        problem("core/Ping", State::Critical),
        problem("core", State::Down),
        recovered("z"),
        problem("core/Load", State::Unknown),
    ];
    assert_eq!(
        lines(&members),
        [
            "🔴 core – DOWN, 1 CRITICAL (Ping), 1 UNKNOWN (Load)",
            "🔴 b – 2 CRITICAL (Ping, Ping 2), 1 WARNING (Disk)",
            "🔴 a – 1 CRITICAL (Ping)",
            "⚪ lost – UNREACHABLE",
            "⚪ nothing-given – 1 state not given (1)",
            "🟡 warned – 1 WARNING (1)",
            "✅ z – UP, 1 OK (1)",
            "ℹ️ flaps – 1 OK (1)",
            "🔧 DOWNTIME a – Max",
            "📣 web01 (UP) – Max: \"hello\"",
        ]
    );
}

#[test]
fn a_hosts_services_are_named_up_to_a_number_and_then_counted() {
    let services = |count: usize| -> Vec<Member> {
        let service = |number| problem(&format!("a/{number}"), State::Critical);
        (1..=count).map(service).collect()
    };
    let eight = "1, 2, 3, 4, 5, 6, 7, 8";
    for (count, names) in [
        (8, eight.to_owned()),
        (9, format!("{eight} +1")),
        (1_000, format!("{eight} +992")),
    ] {
        let line = format!("🔴 a – {count} CRITICAL ({names})");
        assert_eq!(lines(&services(count)), [line]);
    }
}

#[test]
fn no_line_is_longer_than_a_line() {
    let long = "x".repeat(1_000);
    let many: Vec<Member> = (0..20)
        .map(|number| problem(&format!("a/{}{number}", "y".repeat(60)), State::Critical))
        .collect();
    for members in [
        &many[..],
        &[said(&long)],
        &[down_for(&long, "", &long)],
        &[problem(&long, State::Down)],
    ] {
        for line in lines(members) {
            assert!(line.chars().count() <= LINE, "{line}");
            assert!(line.ends_with('…'), "{line}");
        }
    }
}

#[test]
fn a_downtime_of_a_host_and_its_services_by_one_person_is_one_line() {
    let cases: [(&[Member], &[&str]); 6] = [
        (
            &[
                down_for("a/1", "", "Max: \"kernel\""),
                down_for("a", "", "Max: \"kernel\""),
                down_for("a/2", "", "Max: \"kernel\""),
            ],
            &["🔧 DOWNTIME a and 2 services – Max: \"kernel\""],
        ),
        (
            &[down_for("a", " ended", ""), down_for("a/1", " ended", "")],
            &["🔧 DOWNTIME a and 1 service ended"],
        ),
        (
            &[down_for("a/1", " cancelled", "Max")],
            &["🔧 DOWNTIME a / 1 cancelled – Max"],
        ),
        (
            &[down_for("a/1", "", "Max"), down_for("a/2", "", "Max")],
            &["🔧 DOWNTIME a: 2 services – Max"],
        ),
        (
            &[
                down_for("a", "", "Max"),
                down_for("a/1", "", "Eva"),
                down_for("b", "", "Max"),
                down_for("a/2", " ended", "Max"),
            ],
            &[
                "🔧 DOWNTIME a / 1 – Eva",
                "🔧 DOWNTIME a – Max",
                "🔧 DOWNTIME a / 2 ended – Max",
                "🔧 DOWNTIME b – Max",
            ],
        ),
        (&[], &[]),
    ];
    for (members, expected) in cases {
        assert_eq!(lines(members), expected);
    }
    let together = [down_for("a", "", "Max"), down_for("A", "", "Max")];
    let alone = Digest::of_downtime(&together, Emoji::LeftOut);
    assert_eq!(
        alone.headline, "DOWNTIME a – Max",
        "whatever else it is called"
    );
    assert_eq!(alone.fitting(usize::MAX, str::len), [""; 0]);
}

#[test]
fn whoever_a_single_message_would_call_is_called_and_nobody_else() {
    let quiet = |member: Member| Member {
        due: None,
        ..member
    };
    let members = [
        quiet(problem("a", State::Down)),
        problem("b", State::Warning),
        problem("c/1", State::Critical),
        problem("c/2", State::Critical),
        recovered("d"),
    ];
    assert_eq!(digest(&members).due, [State::Critical, State::Warning]);
    assert_eq!(digest(&members).tone, Tone::Bad);
    assert_eq!(digest(&members[..1]).due, []);
}

#[test]
fn what_has_no_room_is_counted_and_the_counts_are_right_at_every_size() {
    let members: Vec<Member> = (0..30)
        .map(|number| match number % 3 {
            0 => problem(&format!("host{number}"), State::Down),
            1 => problem(&format!("host{}/ping", number - 1), State::Critical),
            _ => recovered(&format!("host{number}")),
        })
        .collect();
    let digest = digest(&members);
    let whole = digest.fitting(usize::MAX, str::len);
    assert_eq!(whole.len(), 20);
    let cost = |lines: &[String]| lines.iter().map(|line| line.len() + 1).sum::<usize>();
    let most = cost(&whole);
    assert_eq!(digest.fitting(most, str::len), whole);
    for room in 0..most {
        let fitting = digest.fitting(room, str::len);
        assert!(cost(&fitting) <= room, "{room}: {fitting:?}");
        let Some((last, named)) = fitting.split_last() else {
            assert!(
                room < 60,
                "there is room to say that it is too much: {room}"
            );
            continue;
        };
        assert_eq!(named, &whole[..named.len()], "{room}");
        let hosts = 10usize.saturating_sub(named.len());
        let others = 20 - named.len() - hosts;
        let s = if hosts == 1 { "" } else { "s" };
        let expected = match hosts {
            0 => format!("… and {others} more: look"),
            _ => format!(
                "… and {} more problems on {hosts} host{s}, 10 other: look",
                2 * hosts
            ),
        };
        assert_eq!(*last, expected);
    }
}

#[test]
fn one_that_is_missing_is_one() {
    let one = problem(&"a".repeat(60), State::Down);
    let two = problem(&format!("{}/1", "b".repeat(60)), State::Warning);
    for (members, said) in [
        (vec![one.clone()], "… and 1 more problem on 1 host: look"),
        (vec![one, two], "… and 2 more problems on 2 hosts: look"),
    ] {
        assert_eq!(digest(&members).fitting(50, str::len), [said]);
    }
}

#[test]
fn companions_are_one_hosts_by_one_person_of_one_kind() {
    use crate::notification::Subject;
    let one = Notification {
        kind: Kind::DowntimeStart,
        subject: Subject::host("a"),
        author: "Max".to_owned(),
        comment: "kernel".to_owned(),
        ..Notification::default()
    };
    let change = |change: fn(&mut Notification)| {
        let mut other = one.clone();
        other.subject = Subject::service("a", "Ping");
        change(&mut other);
        is_companion(&one, &other)
    };
    assert!(change(|_| {}));
    assert!(!change(|other| other.author.clear()));
    assert!(!change(|other| other.comment.push('!')));
    assert!(!change(|other| other.kind = Kind::DowntimeEnd));
    assert!(!change(|other| other.subject = Subject::host("b")));
}

#[test]
fn of_an_objects_states_the_last_stands_and_its_call_while_it_lasts() {
    let called = problem("a", State::Critical);
    let again = Member {
        due: None,
        ..problem("a", State::Warning)
    };
    for (earlier, later, state, due) in [
        (called.clone(), again, State::Warning, Some(State::Critical)),
        (called.clone(), recovered("a"), State::Up, None),
        (
            recovered("a"),
            called,
            State::Critical,
            Some(State::Critical),
        ),
    ] {
        let mut member = earlier;
        assert!(member.tells_state() && later.tells_state());
        member.give_way_to(later);
        assert_eq!((member.state, member.due), (Some(state), due));
    }
    assert!(!said("ACK").tells_state());
}
