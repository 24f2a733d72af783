//! Networks of hosts inside one test, from the inside.
//!
//! What must hold, and where it is tested (`T:` is another target of this suite):
//!
//! | what | where |
//! |---|---|
//! | the bytes of every netlink message | `runtime/src/network/netlink/golden.rs` |
//! | the kernel has what was asked for | `read_back` |
//! | the first packet arrives, in 1,000 networks of three kinds, over IPv4 and IPv6 | `many` |
//! | 1,000 networks leave no namespace, process, descriptor or memory | `many` |
//! | TCP with offloads, `UDP_SEGMENT`, MTUs, fragments, VLAN tags | `wire` |
//! | broadcast and multicast; 100 hosts that all reach each other; 253 hosts | `switches` |
//! | one seed has one fate: 5,000 packets, ten runs; neighbour discovery; other seeds | `conditions` |
//! | delay, jitter, order, duplicates, loss, bursts, rate and queue | `conditions` |
//! | the same while all processors are busy; no delay hangs | `busy` |
//! | partitions: one-way, overlapping, healed by a panic; 10,000 packets under way | `cuts` |
//! | 100 changes under a connection | `cuts` |
//! | packets that are held, or dropped on request | `held` |
//! | names of hosts; the drawing | `names`, `drawing` |
//! | no interface is moved or deleted by a build, on the hosts and inside of the wire | `every_namespace` |
//! | no interface is changed by a partition | `events` |
//! | routers and routes | `routers` |
//! | kinds of address translation, hole punching | `nat` |
//! | `run`: panics, nesting, not `Send`, threads, sockets; programs | `hosts` |
//! | `run` that can't come back | `T: networks`, `cannot_leave_a_host` |
//! | `on`: tokio in all flavours, smol, `select!`, panics, 10,000 tasks; rstest | `T: other_macros` |
//! | invalid plans | `mistakes`, `bad_links` |
//! | refusals: descriptors, namespaces, packet sockets, `net`, `mount` | `refused` |
//! | a kernel without `veth` or packet sockets | `runtime/src/diagnose/cases/kernels.rs` |
//! | every ending of test, wire and harness leaves no process and no namespace | `T: networks` |
//! | a dead wire fails the test; the report; captures, read by tshark | `T: networks` |
//! | four binaries at once | `T: networks`; their rate: `cargo bench -p ns-test -- network` |
//! | the wire allocates nothing | `T: allocations` |
//! | nextest, libtest | `T: libtest`, `T: other_macros` |
//! | coverage | `T: tools` |
//! | other kernels | `tests/kernels` |

mod bad_links;
mod build;
mod busy;
mod conditions;
mod cuts;
mod drawing;
mod events;
mod every_namespace;
mod held;
mod hosts;
mod many;
mod mistakes;
mod names;
mod nat;
mod peers;
mod read_back;
mod refused;
mod routers;
mod switches;
mod traffic;
mod wire;

ns_test::main!();
