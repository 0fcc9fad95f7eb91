//! Reads traces as the newest published reader does; see `read.rs`.

use codetracer_trace_reader::{TraceEventsFileFormat, create_trace_reader};
use codetracer_trace_types::TraceLowLevelEvent;

include!("../read.rs");
