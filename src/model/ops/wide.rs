//! Loops compiled for the vector instructions that the machine has, where the program itself is for any machine.
//!
//! Nothing is contracted or reordered by that: the bits are the same on all of them.

/// Runs `body`, which is to be a loop over slices, with the widest vectors there are.
#[inline(always)]
pub fn wide<T>(body: impl FnOnce() -> T) -> T {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,fma")]
        fn v4<T>(body: impl FnOnce() -> T) -> T {
            body()
        }
        #[target_feature(enable = "avx2,fma")]
        fn v3<T>(body: impl FnOnce() -> T) -> T {
            body()
        }
        let has_v4 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512cd")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        let has_v3 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        // SAFETY: the machine was asked for what each function needs.
        if has_v4 && has_v3 {
            return unsafe { v4(body) };
        }
        if has_v3 {
            return unsafe { v3(body) };
        }
    }
    body()
}
