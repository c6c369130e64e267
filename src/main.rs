//! The `flanc` program: see `flanc::cli`.

// musl's own allocator makes threads wait for each other.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    keep_memory();
    outlive_limits();
    flanc::cli::main()
}

/// A file that grows beyond the limit of its process is an error of that write, like a full disk, and no death by signal.
fn outlive_limits() {
    // SAFETY: no handler is set, and no other thread runs yet.
    #[cfg(unix)]
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// Lets glibc keep the memory of large blocks that are freed, for the next ones: a build fills blocks of the same sizes
/// again and again, and each that goes back to the kernel costs its page faults anew.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn keep_memory() {
    const MIB: libc::c_int = 1 << 20;
    // SAFETY: mallopt takes two numbers, and no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 16 * MIB);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 64 * MIB);
        libc::mallopt(libc::M_TOP_PAD, 8 * MIB);
    }
}

/// Keeps mimalloc from huge pages: to fill one with zeros costs more than the page faults that it saves where a build touches
/// a part of it, and what the program holds would be more than it was told it may.
#[cfg(all(target_os = "linux", target_env = "musl"))]
fn keep_memory() {
    // SAFETY: prctl takes numbers, and no other thread runs yet.
    unsafe {
        libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0);
    }
}

#[cfg(not(all(target_os = "linux", any(target_env = "gnu", target_env = "musl"))))]
fn keep_memory() {}
