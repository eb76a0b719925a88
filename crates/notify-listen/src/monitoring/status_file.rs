//! `status.dat` of Nagios and Naemon.
