// SPDX-License-Identifier: BSD-3-Clause
//
// rust_plain.so: a plugin in Rust, std only, made from the tables of ABI.md.
#![allow(non_upper_case_globals)]
use std::ffi::{c_char, c_void};
use std::panic::catch_unwind;

type Code = i32;

// The slots that are used here by name, the others as what they are: a pointer each.
#[repr(C)]
struct Api {
    struct_size: u32,
    minor: u32,
    args: extern "C" fn(*mut Call) -> u64,
    others_1: [usize; 3],
    at: extern "C" fn(*mut Call, u64, u64, *mut u64) -> Code,
    others_2: [usize; 3],
    as_i64: extern "C" fn(*mut Call, u64, *mut i64) -> Code,
    others_3: [usize; 7],
    put_i64: extern "C" fn(*mut Call, i64) -> Code,
    others_4: [usize; 11],
    fail: extern "C" fn(*mut Call, *const c_char) -> Code,
}

#[repr(C)]
pub struct Call {
    api: *const Api,
}

#[repr(C)]
pub struct Info {
    struct_size: u32,
    flags: u32,
    built_minor: u32,
    required_minor: u32,
    summary: *const u8,
    args_schema: *const u8,
    result_schema: *const u8,
    suggested_frequency_ns: i64,
    run: extern "C" fn(*mut Call) -> Code,
    create: Option<extern "C" fn(*mut Call, *mut *mut c_void) -> Code>,
    destroy: Option<extern "C" fn(*mut c_void)>,
}
unsafe impl Sync for Info {}

fn square_of_argument(call: *mut Call) -> Code {
    let api = unsafe { &*(*call).api };
    let (mut value, mut number) = (0u64, 0i64);
    if (api.at)(call, (api.args)(call), 0, &mut value) != 0 || (api.as_i64)(call, value, &mut number) != 0 {
        return -1;
    }
    match number.checked_mul(number) {
        Some(square) => (api.put_i64)(call, square),
        None => (api.fail)(call, b"args[0] is too large to be squared\0".as_ptr() as *const c_char),
    }
}

extern "C" fn run(call: *mut Call) -> Code {
    catch_unwind(|| square_of_argument(call)).unwrap_or(-1)
}

#[no_mangle]
pub static square__dw1: Info = Info {
    struct_size: std::mem::size_of::<Info>() as u32,
    flags: 0,
    built_minor: 0,
    required_minor: 0,
    summary: b"The square of args[0]\0".as_ptr(),
    args_schema: std::ptr::null(),
    result_schema: std::ptr::null(),
    suggested_frequency_ns: 0,
    run,
    create: None,
    destroy: None,
};
