//! The `flanc` program: see `flanc::cli`.

fn main() -> std::process::ExitCode {
    keep_memory();
    flanc::cli::main()
}

/// Lets glibc keep the memory of large blocks that are freed, for the next ones: a build fills blocks of the same sizes
/// again and again, and each that goes back to the kernel costs its page faults anew.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn keep_memory() {
    const MIB: libc::c_int = 1 << 20;
    // SAFETY: mallopt takes two numbers, and no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 64 * MIB);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 256 * MIB);
        libc::mallopt(libc::M_TOP_PAD, 16 * MIB);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn keep_memory() {}
