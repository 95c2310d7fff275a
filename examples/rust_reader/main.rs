// SPDX-License-Identifier: BSD-3-Clause
//
// A reader in Rust, std only: prints the newest value of a name as JSON.
//
//     rustc -O main.rs -o rust_reader $(pkg-config --libs-only-L dumbwaiter) && ./rust_reader dumbwaiter.store load
use std::ffi::{CStr, CString};
use std::os::raw::{c_char, c_void};
use std::process::ExitCode;
use std::ptr::null_mut;

// As much of <dumbwaiter/reader.h> as is used here.
mod sys {
    use super::*;

    #[repr(C)]
    pub struct Reader {
        opaque: [u8; 0],
    }

    #[repr(C)]
    #[derive(Default)]
    pub struct Reading {
        pub struct_size: u32,
        pub state: u32,
        pub sequence: u64,
        pub due: i64,
        pub started: i64,
        pub finished: i64,
        pub fresh_until: i64,
        pub serializer: u32,
        pub outcome: u32,
        pub data: usize,
        pub length: u64,
        pub reserved: [u64; 8],
    }

    #[link(name = "dumbwaiter")]
    extern "C" {
        pub fn dw_reader_open(path: *const c_char, reader: *mut *mut Reader) -> i32;
        pub fn dw_reader_close(reader: *mut Reader);
        pub fn dw_reader_error() -> *const c_char;
        pub fn dw_get_value(reader: *mut Reader, name: *const c_char, reading: *mut Reading) -> i32;
        pub fn dw_reading_json(
            reader: *mut Reader, reading: *const Reading, text: *mut *mut c_char, length: *mut u64,
        ) -> i32;
        pub fn dw_reading_clear(reading: *mut Reading);
        pub fn dw_free(text: *mut c_void);
    }
}

const STATE_FRESH: u32 = 1;

// A store opened for reading. The library's handles may be used from any thread.
struct Reader(*mut sys::Reader);

struct Reading {
    sequence: u64,
    is_fresh: bool,
    json: String,
}

impl Reader {
    fn open(path: &str) -> Result<Reader, String> {
        let path = CString::new(path).map_err(|error| error.to_string())?;
        let mut reader = null_mut();
        match unsafe { sys::dw_reader_open(path.as_ptr(), &mut reader) } {
            0 => Ok(Reader(reader)),
            _ => Err(last_error()),
        }
    }

    fn get(&self, name: &str) -> Result<Reading, String> {
        let name = CString::new(name).map_err(|error| error.to_string())?;
        let size = std::mem::size_of::<sys::Reading>() as u32;
        let mut reading = sys::Reading { struct_size: size, ..Default::default() };
        let mut text = null_mut();
        let mut length = 0;
        unsafe {
            let mut code = sys::dw_get_value(self.0, name.as_ptr(), &mut reading);
            if code == 0 {
                code = sys::dw_reading_json(self.0, &reading, &mut text, &mut length);
            }
            if code != 0 {
                let said = last_error();
                sys::dw_reading_clear(&mut reading);
                return Err(said);
            }
            let json = CStr::from_ptr(text).to_string_lossy().into_owned();
            sys::dw_free(text as *mut c_void);
            let (sequence, is_fresh) = (reading.sequence, reading.state == STATE_FRESH);
            sys::dw_reading_clear(&mut reading);
            Ok(Reading { sequence, is_fresh, json })
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        unsafe { sys::dw_reader_close(self.0) }
    }
}

// Of this thread's last call.
fn last_error() -> String {
    unsafe { CStr::from_ptr(sys::dw_reader_error()) }.to_string_lossy().into_owned()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [store, name] = arguments.as_slice() else {
        eprintln!("usage: rust_reader STORE NAME");
        return ExitCode::from(2);
    };
    match Reader::open(store).and_then(|reader| reader.get(name)) {
        Ok(reading) => {
            println!("{} ({}, {})", reading.json, reading.sequence, if reading.is_fresh { "fresh" } else { "stale" });
            ExitCode::SUCCESS
        }
        Err(said) => {
            eprintln!("{said}");
            ExitCode::FAILURE
        }
    }
}
