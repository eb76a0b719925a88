//! Vendors that never answer, reset, limit the rate or fail for long, and a proxy that dies: everything arrives in the
//! end, and what is waiting costs few attempts.

use std::time::{Duration, Instant};

use notify_test::proxy::{Manner, Proxy};
use notify_test::queue::{self, Queue, arrived};
use notify_test::{Bench, Fault, Options, Pace};

use crate::stage::{
    SLACK, impatient, is_empty_with_receipts, let_a_wait_pass, problem, run, with_queue,
};

/// A vendor that does this to every request, and then is well again.
fn recovers(fault: Fault, config: &str) {
    let bench = Bench::new(SLACK);
    bench.config(&format!(
        "{config}{}[queue]\nretry_first = \"10ms\"\nretry_longest = \"50ms\"\nattempts = 1000\n",
        bench.smallest_config()
    ));
    let queue = Queue::of(&bench);
    bench.preview.always(Some(fault));
    let said = run(&mut problem(&bench, "web01", 1));
    said.code(0).quiet().one_line(SLACK).says("queued: ");
    for (host, number) in [("web01", 2), ("web02", 3)] {
        run(&mut problem(&bench, host, number)).code(0);
    }
    assert_eq!(queue.waiting().len(), 3);
    bench.preview.always(None);
    let_a_wait_pass();
    queue::drain(&bench);
    let all = arrived(&bench.preview);
    let place = |number| {
        all.iter()
            .position(|one| *one == number)
            .expect("it arrived")
    };
    assert!(all.len() == 3 && place(1) < place(2), "{all:?}");
    is_empty_with_receipts(&queue, 3);
}

#[test]
fn a_vendor_that_never_answers_is_left_at_the_deadline() {
    let begun = Instant::now();
    recovers(Fault::Hang, "timeout = \"300ms\"\n");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_vendor_that_resets_is_tried_again() {
    recovers(Fault::Reset, "");
}

#[test]
fn a_vendor_that_closes_is_tried_again() {
    recovers(Fault::Close, "");
}

#[test]
fn a_vendor_that_fails_is_tried_again() {
    recovers(Fault::status(500), "");
}

#[test]
fn a_rate_limit_costs_one_request_and_is_kept_by_everybody() {
    let bench = impatient();
    // A minute, on the scale of a test.
    bench.preview.next(Fault::too_many(2));
    let begun = Instant::now();
    run(&mut problem(&bench, "web00", 0)).says("limiting the rate");
    let told = begun.elapsed();
    for number in 1..=30 {
        run(&mut problem(&bench, &format!("web{number:02}"), number)).code(0);
        if number % 10 == 0 {
            run(&mut queue::drainer(&bench)).code(75);
        }
    }
    let in_time = begun.elapsed() < Duration::from_secs(2);
    assert!(!in_time || bench.preview.received().len() == 1);
    queue::drain(&bench);
    let received = bench.preview.received();
    let pause = received[1].at - received[0].at;
    assert!(pause + told >= Duration::from_millis(1_950), "{pause:?}");
    assert_eq!(arrived(&bench.preview), (0..=30).collect::<Vec<u32>>());
    is_empty_with_receipts(&Queue::of(&bench), 31);
}

#[test]
fn a_vendor_with_a_pace_gets_everything_in_order() {
    let pace = Pace {
        messages: 5,
        window: Duration::from_millis(900),
    };
    let options = Options {
        pace: Some(pace),
        ..Options::default()
    };
    let bench = Bench::with(SLACK, options);
    with_queue(&bench, "");
    for number in 1..=12 {
        run(&mut problem(&bench, &format!("web0{}", number % 3), number)).code(0);
    }
    queue::drain(&bench);
    assert_eq!(arrived(&bench.preview), (1..=12).collect::<Vec<u32>>());
    let refused = bench.preview.received().len() - 12;
    assert!(refused <= 4, "{refused} requests for nothing");
}

#[test]
fn an_outage_of_an_hour_costs_attempts_by_the_schedule_and_no_more() {
    let bench = impatient();
    with_queue(&bench, "attempts = 1000\n");
    // An hour of five-minute waits, on the scale of a test: the longest wait is 50 ms.
    bench.preview.always(Some(Fault::status(500)));
    let begun = Instant::now();
    let mut number = 0;
    while begun.elapsed() < Duration::from_millis(1_500) {
        number += 1;
        let host = format!("web{}", number % 7);
        run(&mut problem(&bench, &host, number)).code(0);
    }
    let asked = bench.preview.received().len() as u128;
    // The first waits are shorter, and each is measured in hundredths.
    let most = begun.elapsed().as_millis() / 40 + 10;
    assert!(asked <= most, "{asked} requests for {number} notifiers");
    bench.preview.always(None);
    let_a_wait_pass();
    queue::drain(&bench);
    is_empty_with_receipts(&Queue::of(&bench), number as usize);
    let mut all = arrived(&bench.preview);
    for host in 0..7 {
        assert!(all.iter().filter(|one| *one % 7 == host).is_sorted());
    }
    all.sort_unstable();
    assert_eq!(all, (1..=number).collect::<Vec<u32>>());
}

#[test]
fn a_proxy_that_dies_loses_nothing() {
    let bench = Bench::new(SLACK);
    let through = |proxy: &Proxy| {
        bench.config(&format!(
            "{}[proxy]\nurl = \"http://{}\"\n[queue]\nretry_first = \"10ms\"\nretry_longest = \"50ms\"\n",
            bench.smallest_config(),
            proxy.address()
        ));
    };
    through(&Proxy::start(Manner::Connects));
    run(&mut problem(&bench, "web01", 1))
        .code(0)
        .says("delivered");
    for (manner, number) in [
        (Manner::Closes, 2),
        (Manner::Refuses("502 Bad Gateway"), 3),
        (Manner::Refuses("503 Service Unavailable"), 4),
    ] {
        let_a_wait_pass();
        through(&Proxy::start(manner));
        run(&mut problem(&bench, "web01", number))
            .code(0)
            .says("queued");
    }
    assert_eq!(arrived(&bench.preview), [1]);
    through(&Proxy::start(Manner::Connects));
    let_a_wait_pass();
    queue::drain(&bench);
    assert_eq!(arrived(&bench.preview), [1, 2, 3, 4]);
    is_empty_with_receipts(&Queue::of(&bench), 4);
}
