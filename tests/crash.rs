//! Nothing accepted is lost, and nothing is sent twice but what was being sent: programs that are killed at every step,
//! and at random moments.

#[path = "crash/crowd.rs"]
mod crowd;
#[path = "crash/dice.rs"]
mod dice;
#[path = "crash/points.rs"]
mod points;
#[path = "crash/random.rs"]
mod random;
#[path = "crash/scenarios.rs"]
mod scenarios;
#[path = "crash/stage.rs"]
mod stage;
#[path = "crash/told.rs"]
mod told;
