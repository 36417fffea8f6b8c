//! Providers that lie, people between a browser and its provider, and whoever was there first.

mod asking;
mod misbehaving;
mod mixing;
mod odd;
mod prehijack;
mod racing;
mod redirects;
mod replaying;
mod unproven;
