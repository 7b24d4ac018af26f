//! Hostile peers, and what they are not given: a test an attack, each with a control where a switch
//! lets it through.

mod redirects;
