//! Reads traces as the CodeTracer releases of 2025 do; see `read.rs`.

use runtime_tracing::{TraceEventsFileFormat, TraceLowLevelEvent, create_trace_reader};

include!("../read.rs");
