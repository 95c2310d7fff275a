// SPDX-License-Identifier: BSD-3-Clause
//
// rust_plain.so: a plugin in Rust, std only, made from the tables of ABI.md. Every slot is used once, see
// conformance_c.c.
#![allow(non_upper_case_globals)]
use std::ffi::CStr;
use std::os::raw::{c_char, c_int, c_short, c_ulong, c_void};
use std::panic::catch_unwind;
use std::ptr::{null, null_mut};

macro_rules! c {
    ($text:literal) => {
        unsafe { CStr::from_bytes_with_nul_unchecked(concat!($text, "\0").as_bytes()) }
    };
}

type Code = i32;
type Handle = *mut Call;

#[repr(C)]
pub struct Api {
    struct_size: u32,
    minor: u32,
    args: extern "C" fn(Handle) -> u64,
    kwargs: extern "C" fn(Handle) -> u64,
    kind: extern "C" fn(Handle, u64) -> u32,
    count: extern "C" fn(Handle, u64) -> u64,
    at: extern "C" fn(Handle, u64, u64, *mut u64) -> Code,
    get: extern "C" fn(Handle, u64, *const c_char, *mut u64) -> Code,
    entry: extern "C" fn(Handle, u64, u64, *mut *const u8, *mut u64, *mut u64) -> Code,
    as_bool: extern "C" fn(Handle, u64, *mut i32) -> Code,
    as_i64: extern "C" fn(Handle, u64, *mut i64) -> Code,
    as_u64: extern "C" fn(Handle, u64, *mut u64) -> Code,
    as_f64: extern "C" fn(Handle, u64, *mut f64) -> Code,
    as_time: extern "C" fn(Handle, u64, *mut i64) -> Code,
    as_str: extern "C" fn(Handle, u64, *mut *const u8, *mut u64) -> Code,
    as_bytes: extern "C" fn(Handle, u64, *mut *const u8, *mut u64) -> Code,
    put_null: extern "C" fn(Handle) -> Code,
    put_bool: extern "C" fn(Handle, i32) -> Code,
    put_i64: extern "C" fn(Handle, i64) -> Code,
    put_u64: extern "C" fn(Handle, u64) -> Code,
    put_f64: extern "C" fn(Handle, f64) -> Code,
    put_time: extern "C" fn(Handle, i64) -> Code,
    put_str: extern "C" fn(Handle, *const u8, u64) -> Code,
    put_bytes: extern "C" fn(Handle, *const u8, u64) -> Code,
    open_array: extern "C" fn(Handle) -> Code,
    open_map: extern "C" fn(Handle) -> Code,
    key: extern "C" fn(Handle, *const u8, u64) -> Code,
    close: extern "C" fn(Handle) -> Code,
    put_value: extern "C" fn(Handle, u64) -> Code,
    put_raw: extern "C" fn(Handle, *const c_char, *const u8, u64) -> Code,
    fail: extern "C" fn(Handle, *const c_char) -> Code,
    name: extern "C" fn(Handle) -> *const c_char,
    sequence: extern "C" fn(Handle) -> u64,
    deadline_ns: extern "C" fn(Handle) -> u64,
    cancelled: extern "C" fn(Handle) -> i32,
    cancel_fd: extern "C" fn(Handle) -> i32,
    sleep_ns: extern "C" fn(Handle, u64) -> Code,
    log: extern "C" fn(Handle, u32, *const c_char),
    state: extern "C" fn(Handle) -> *mut c_void,
    read: extern "C" fn(Handle, *const c_char, *mut u64) -> Code,
    extension: extern "C" fn(Handle, *const c_char) -> *const c_void,
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
    run: extern "C" fn(Handle) -> Code,
    create: Option<extern "C" fn(Handle, *mut *mut c_void) -> Code>,
    destroy: Option<extern "C" fn(*mut c_void)>,
}
unsafe impl Sync for Info {}

const fn info(summary: &'static str, run: extern "C" fn(Handle) -> Code) -> Info {
    Info {
        struct_size: std::mem::size_of::<Info>() as u32,
        flags: 0,
        built_minor: 0,
        required_minor: 0,
        summary: summary.as_ptr(),
        args_schema: null(),
        result_schema: null(),
        suggested_frequency_ns: 0,
        run,
        create: None,
        destroy: None,
    }
}

// An error is the code that run returns. What panics must not unwind out of the library.
type Done = Result<(), Code>;

fn guarded(handle: Handle, body: fn(Context) -> Done) -> Code {
    let done = catch_unwind(|| body(Context { handle, api: unsafe { &*(*handle).api } }));
    done.unwrap_or(Err(-1)).err().unwrap_or(0)
}

macro_rules! function {
    ($info:ident, $run:ident, $summary:literal, $body:expr) => {
        extern "C" fn $run(call: Handle) -> Code {
            guarded(call, $body)
        }
        #[no_mangle]
        pub static $info: Info = info(concat!($summary, "\0"), $run);
    };
}

fn ok(code: Code) -> Done {
    if code == 0 { Ok(()) } else { Err(code) }
}

// The same for helpers, whose failure the host tells in its own words.
fn had(code: Code) -> Done {
    if code == 0 { Ok(()) } else { Err(-1) }
}

#[derive(Clone, Copy)]
struct Context {
    handle: Handle,
    api: &'static Api,
}

impl Context {
    fn at(self, array: u64, index: u64) -> Result<u64, Code> {
        let mut value = 0;
        had((self.api.at)(self.handle, array, index, &mut value))?;
        Ok(value)
    }
    fn integer(self, value: u64) -> Result<i64, Code> {
        let mut number = 0;
        had((self.api.as_i64)(self.handle, value, &mut number))?;
        Ok(number)
    }
    fn integer_argument(self, index: u64) -> Result<i64, Code> {
        self.integer(self.at((self.api.args)(self.handle), index)?)
    }
    fn keyword(self, key: &CStr) -> Result<i64, Code> {
        let mut value = 0;
        had((self.api.get)(self.handle, (self.api.kwargs)(self.handle), key.as_ptr(), &mut value))?;
        self.integer(value)
    }
    // NUL-terminated, as the host gives it.
    fn text_argument(self, index: u64) -> Result<&'static CStr, Code> {
        let (mut text, mut length) = (null(), 0);
        let value = self.at((self.api.args)(self.handle), index)?;
        had((self.api.as_str)(self.handle, value, &mut text, &mut length))?;
        Ok(unsafe { CStr::from_ptr(text as *const c_char) })
    }
    fn fail(self, text: &CStr) -> Code {
        (self.api.fail)(self.handle, text.as_ptr())
    }
    fn key(self, text: &str) -> Done {
        ok((self.api.key)(self.handle, text.as_ptr(), text.len() as u64))
    }
    fn close(self) -> Done {
        ok((self.api.close)(self.handle))
    }

    fn copy(self, value: u64) -> Done {
        let (api, call) = (self.api, self.handle);
        match (api.kind)(call, value) {
            8 => {
                ok((api.open_array)(call))?;
                for index in 0..(api.count)(call, value) {
                    self.copy(self.at(value, index)?)?;
                }
                self.close()
            }
            9 => {
                ok((api.open_map)(call))?;
                for index in 0..(api.count)(call, value) {
                    let (mut key, mut length, mut entry) = (null(), 0, 0);
                    had((api.entry)(call, value, index, &mut key, &mut length, &mut entry))?;
                    ok((api.key)(call, key, length))?;
                    self.copy(entry)?;
                }
                self.close()
            }
            kind => self.copy_scalar(kind, value),
        }
    }

    fn copy_scalar(self, kind: u32, value: u64) -> Done {
        let (api, call) = (self.api, self.handle);
        let (mut truth, mut signed, mut unsigned, mut float) = (0i32, 0i64, 0u64, 0f64);
        let (mut bytes, mut length) = (null(), 0u64);
        match kind {
            0 => ok((api.put_null)(call)),
            1 => had((api.as_bool)(call, value, &mut truth)).and_then(|()| ok((api.put_bool)(call, truth))),
            2 => had((api.as_i64)(call, value, &mut signed)).and_then(|()| ok((api.put_i64)(call, signed))),
            3 => had((api.as_u64)(call, value, &mut unsigned)).and_then(|()| ok((api.put_u64)(call, unsigned))),
            4 => had((api.as_f64)(call, value, &mut float)).and_then(|()| ok((api.put_f64)(call, float))),
            5 => had((api.as_str)(call, value, &mut bytes, &mut length))
                .and_then(|()| ok((api.put_str)(call, bytes, length))),
            6 => had((api.as_bytes)(call, value, &mut bytes, &mut length))
                .and_then(|()| ok((api.put_bytes)(call, bytes, length))),
            7 => had((api.as_time)(call, value, &mut signed)).and_then(|()| ok((api.put_time)(call, signed))),
            _ => Err(self.fail(c!("a type that this plugin does not know"))),
        }
    }
}

function!(square__dw1, square_run, "The square of args[0]", |call| {
    let number = call.integer_argument(0)?;
    match number.checked_mul(number) {
        Some(square) => ok((call.api.put_i64)(call.handle, square)),
        None => Err(call.fail(c!("args[0] is too large to be squared"))),
    }
});

function!(echo__dw1, echo_run, "Its arguments, copied node by node", |call| {
    ok((call.api.open_array)(call.handle))?;
    call.copy((call.api.args)(call.handle))?;
    call.copy((call.api.kwargs)(call.handle))?;
    call.close()
});

function!(whole__dw1, whole_run, "Its positional arguments, copied at once", |call| {
    ok((call.api.put_value)(call.handle, (call.api.args)(call.handle)))
});

function!(types__dw1, types_run, "A map with one of each type", |call| {
    let (api, handle) = (call.api, call.handle);
    ok((api.open_map)(handle))?;
    call.key("null")?;
    ok((api.put_null)(handle))?;
    call.key("bool")?;
    ok((api.put_bool)(handle, 1))?;
    call.key("i64")?;
    ok((api.put_i64)(handle, i64::MIN))?;
    call.key("u64")?;
    ok((api.put_u64)(handle, u64::MAX))?;
    call.key("f64")?;
    ok((api.put_f64)(handle, 0.1))?;
    call.key("str")?;
    let text = "snow \u{2603}";
    ok((api.put_str)(handle, text.as_ptr(), text.len() as u64))?;
    call.key("bytes")?;
    ok((api.put_bytes)(handle, b"\0\xff\x80".as_ptr(), 3))?;
    call.key("time")?;
    ok((api.put_time)(handle, 1_700_000_000_123_456_789))?;
    call.key("array")?;
    ok((api.open_array)(handle))?;
    call.close()?;
    call.key("map")?;
    ok((api.open_map)(handle))?;
    call.close()?;
    call.close()
});

function!(relay__dw1, relay_run, "The newest value of the function args[0], copied node by node", |call| {
    let mut value = 0;
    had((call.api.read)(call.handle, call.text_argument(0)?.as_ptr(), &mut value))?;
    call.copy(value)
});

function!(raw__dw1, raw_run, "Bytes with a media type", |call| {
    let bytes = b"\x01\x00\x02";
    ok((call.api.put_raw)(call.handle, c!("application/x-conformance").as_ptr(), bytes.as_ptr(), bytes.len() as u64))
});

function!(ends__dw1, ends_run, "Logs args[0], makes it its report and returns args[1]", |call| {
    let text = call.text_argument(0)?;
    let code = call.integer_argument(1)?;
    (call.api.log)(call.handle, 2, text.as_ptr());
    if call.fail(text) != -1 {
        return Err(-13);
    }
    Err(code as Code)
});

function!(wants__dw1, wants_run, "kwargs.n, an integer", |call| {
    ok((call.api.put_i64)(call.handle, call.keyword(c!("n"))?))
});

function!(steady__dw1, steady_run, "42, and unchanged from then on", |call| {
    let mut previous = 0;
    if (call.api.read)(call.handle, (call.api.name)(call.handle), &mut previous) == 0 {
        return Err(1);
    }
    ok((call.api.put_i64)(call.handle, 42))
});

extern "C" fn create_counter(call: Handle, state: *mut *mut c_void) -> Code {
    // `*state` comes out of the guard as a word, since a pointer does not go through catch_unwind.
    let made = catch_unwind(|| {
        let context = Context { handle: call, api: unsafe { &*(*call).api } };
        context.keyword(c!("from")).map(|from| Box::into_raw(Box::new(from)) as usize)
    });
    match made.unwrap_or(Err(-1)) {
        Ok(counter) => {
            unsafe { *state = counter as *mut c_void };
            0
        }
        Err(code) => code,
    }
}

extern "C" fn destroy_counter(state: *mut c_void) {
    drop(unsafe { Box::from_raw(state as *mut i64) });
}

extern "C" fn count(call: Handle) -> Code {
    guarded(call, |call| {
        let counter = unsafe { &mut *((call.api.state)(call.handle) as *mut i64) };
        *counter += 1;
        if *counter >= call.keyword(c!("until"))? {
            return ok((call.api.put_i64)(call.handle, *counter));
        }
        call.fail(c!("not yet"));
        Err(-2)
    })
}

#[no_mangle]
pub static counter__dw1: Info = Info {
    flags: 1,
    args_schema: "{}\0".as_ptr(),
    result_schema: "{\"type\": \"integer\"}\0".as_ptr(),
    suggested_frequency_ns: 15_000_000_000,
    create: Some(create_counter),
    destroy: Some(destroy_counter),
    ..info("Counts in its state, on from kwargs.from, and asks for more until kwargs.until\0", count)
};

function!(context__dw1, context_run, "What a call knows of itself", |call| {
    let (api, handle) = (call.api, call.handle);
    let flag = |name: &str, truth: bool| call.key(name).and_then(|()| ok((api.put_bool)(handle, truth as i32)));
    let name = unsafe { CStr::from_ptr((api.name)(handle)) };
    ok((api.open_map)(handle))?;
    call.key("name")?;
    ok((api.put_str)(handle, name.as_ptr() as *const u8, name.to_bytes().len() as u64))?;
    call.key("sequence")?;
    ok((api.put_u64)(handle, (api.sequence)(handle)))?;
    flag("has a deadline", (api.deadline_ns)(handle) != 0)?;
    flag("is cancelled", (api.cancelled)(handle) != 0)?;
    flag("has a descriptor", (api.cancel_fd)(handle) >= 0)?;
    flag("has a state", !(api.state)(handle).is_null())?;
    flag("has an extension", !(api.extension)(handle, c!("nobody.has/1").as_ptr()).is_null())?;
    call.close()
});

#[repr(C)]
struct PollFd {
    descriptor: c_int,
    events: c_short,
    returned: c_short,
}
extern "C" {
    fn poll(descriptors: *mut PollFd, count: c_ulong, milliseconds: c_int) -> c_int;
}

function!(waits__dw1, waits_run, "Waits until it is cancelled: asleep, at the descriptor, or awake", |call| {
    let how = call.text_argument(0)?;
    if how == c!("asleep") {
        return ok((call.api.sleep_ns)(call.handle, 60_000_000_000));
    }
    if how == c!("descriptor") {
        let mut descriptor = PollFd { descriptor: (call.api.cancel_fd)(call.handle), events: 1, returned: 0 };
        if unsafe { poll(&mut descriptor, 1, 60_000) } != 1 {
            return Err(call.fail(c!("nobody came")));
        }
    }
    while (call.api.cancelled)(call.handle) == 0 {
        unsafe { poll(null_mut(), 0, 1) };
    }
    Err(-3)
});
