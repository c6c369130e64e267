//! SHA-256 of two messages at once, on processors with instructions for it.
//!
//! An instruction for two rounds waits some cycles for the one before it; those of a second message fill the gaps. On other
//! processors there is nothing to gain, and the sha2 crate digests one message after the other.

use super::many::{Block, State};

/// Takes the states of two messages on by some blocks of each, as many of the one as of the other. False where the processor
/// has no instructions for it; the states are then as they were.
#[cfg(target_arch = "x86_64")]
pub(super) fn two(one: &mut State, blocks: &[Block], other: &mut State, others: &[Block]) -> bool {
    let able = std::is_x86_feature_detected!("sha") && std::is_x86_feature_detected!("avx");
    if able {
        // SAFETY: the processor was just found to have the instructions.
        unsafe { x86::two([one, other], [blocks, others]) };
    }
    able
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn two(_: &mut State, _: &[Block], _: &mut State, _: &[Block]) -> bool {
    false
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_blend_epi16, _mm_loadu_si128, _mm_set_epi64x, _mm_setr_epi32,
        _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8, _mm_shuffle_epi32,
        _mm_storeu_si128,
    };

    use super::{Block, State};

    /// Four words of 32 bits.
    type Words = __m128i;

    /// The constant of each round: the first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS
    /// 180-4, 4.2.2). By four, since four rounds are taken at once, and by sixteen, since a block has sixteen words.
    #[rustfmt::skip]
    const ROUNDS: [[[u32; 4]; 4]; 4] = [
        [
            [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
            [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
            [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
            [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
        ],
        [
            [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
            [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
            [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
            [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
        ],
        [
            [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
            [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
            [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
            [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
        ],
        [
            [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
            [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
            [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
            [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
        ],
    ];

    /// The state of a message, whose words FIPS 180-4 calls `a` to `h`, as the instructions want it. Names have the highest
    /// word first, as the manual of the instructions does.
    #[derive(Clone, Copy)]
    struct Lane {
        abef: Words,
        cdgh: Words,
    }

    /// Loops stand here instead of closures, which would not be compiled for these instructions unless they are inlined.
    #[target_feature(enable = "sha,avx")]
    pub(super) fn two([one, other]: [&mut State; 2], blocks: [&[Block]; 2]) {
        let mut lanes = [load(one), load(other)];
        let [first, later @ ..] = &ROUNDS;
        for (one, other) in blocks[0].iter().zip(blocks[1]) {
            let before = lanes;
            let mut words = [words_of(one), words_of(other)];
            for (at, constants) in first.iter().enumerate() {
                rounds(&mut lanes, &words, at, constants);
            }
            for sixteen in later {
                for (at, constants) in sixteen.iter().enumerate() {
                    schedule(&mut words[0], at);
                    schedule(&mut words[1], at);
                    rounds(&mut lanes, &words, at, constants);
                }
            }
            for (lane, before) in lanes.iter_mut().zip(before) {
                lane.abef = _mm_add_epi32(lane.abef, before.abef);
                lane.cdgh = _mm_add_epi32(lane.cdgh, before.cdgh);
            }
        }
        store(one, lanes[0]);
        store(other, lanes[1]);
    }

    /// Four rounds of each message: two of one, two of the other, and again. The compiler keeps to this order, and all that
    /// is gained hangs on it. `at` says which four of a message's words they take.
    #[inline]
    #[target_feature(enable = "sha,avx")]
    fn rounds(lanes: &mut [Lane; 2], words: &[[Words; 4]; 2], at: usize, constants: &[u32; 4]) {
        let [k0, k1, k2, k3] = constants.map(u32::cast_signed);
        let constants = _mm_setr_epi32(k0, k1, k2, k3);
        let mut sums = [constants; 2];
        for ((lane, words), sum) in lanes.iter_mut().zip(words).zip(&mut sums) {
            *sum = _mm_add_epi32(words[at], constants);
            lane.cdgh = _mm_sha256rnds2_epu32(lane.cdgh, lane.abef, *sum);
        }
        for (lane, sum) in lanes.iter_mut().zip(sums) {
            lane.abef = _mm_sha256rnds2_epu32(lane.abef, lane.cdgh, _mm_shuffle_epi32(sum, 0x0E));
        }
    }

    /// Words of a message for four rounds past the sixteenth, which follow from the sixteen before them (FIPS 180-4, 6.2.2,
    /// step 1). They take the place of the oldest four.
    #[inline]
    #[target_feature(enable = "sha,avx")]
    fn schedule(words: &mut [Words; 4], at: usize) {
        let (w0, w1) = (words[at], words[(at + 1) % 4]);
        let (w2, w3) = (words[(at + 2) % 4], words[(at + 3) % 4]);
        let sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
        words[at] = _mm_sha256msg2_epu32(sum, w3);
    }

    /// A block as words, in the order of the rounds.
    #[inline]
    #[target_feature(enable = "sha,avx")]
    fn words_of(block: &Block) -> [Words; 4] {
        // Words stand in a message with their highest byte first.
        let order = _mm_set_epi64x(0x0C0D_0E0F_0809_0A0B, 0x0405_0607_0001_0203);
        let (parts, _) = block.as_chunks();
        let mut words = [order; 4];
        for (words, part) in words.iter_mut().zip(parts) {
            *words = _mm_shuffle_epi8(sixteen(part), order);
        }
        words
    }

    /// From the order of FIPS 180-4 to that of the instructions.
    #[inline]
    #[target_feature(enable = "sha,avx")]
    fn load(state: &State) -> Lane {
        let (parts, _) = state.as_chunks();
        let (dcba, hgfe) = (four(&parts[0]), four(&parts[1]));
        let (cdab, efgh) = (_mm_shuffle_epi32(dcba, 0xB1), _mm_shuffle_epi32(hgfe, 0x1B));
        Lane {
            abef: _mm_alignr_epi8(cdab, efgh, 8),
            cdgh: _mm_blend_epi16(efgh, cdab, 0xF0),
        }
    }

    /// And back.
    #[inline]
    #[target_feature(enable = "sha,avx")]
    fn store(state: &mut State, lane: Lane) {
        let (feba, dchg) = (_mm_shuffle_epi32(lane.abef, 0x1B), _mm_shuffle_epi32(lane.cdgh, 0xB1));
        let (parts, _) = state.as_chunks_mut();
        put(&mut parts[0], _mm_blend_epi16(feba, dchg, 0xF0));
        put(&mut parts[1], _mm_alignr_epi8(dchg, feba, 8));
    }

    #[inline]
    fn four(words: &[u32; 4]) -> Words {
        // SAFETY: sixteen bytes are there to read, and they may lie anywhere.
        unsafe { _mm_loadu_si128(words.as_ptr().cast()) }
    }

    #[inline]
    fn sixteen(bytes: &[u8; 16]) -> Words {
        // SAFETY: as above.
        unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
    }

    #[inline]
    fn put(words: &mut [u32; 4], value: Words) {
        // SAFETY: sixteen bytes are there to write, and they may lie anywhere.
        unsafe { _mm_storeu_si128(words.as_mut_ptr().cast(), value) }
    }
}
