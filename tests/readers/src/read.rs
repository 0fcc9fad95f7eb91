// The body of both binaries, included by each after importing its own generation's
// reader: the generations have the same names for types that are not the same.
//
// Arguments are events files, `*.json` or `*.bin`. One line per file, in order:
//     ok PATH RECORDS step=N call=N return=N value=N event=N
//     error PATH MESSAGE
// The exit status is 1 if a file was refused. Readers panic on some broken files;
// that is a refusal of this one file, too.

use std::any::Any;
use std::error::Error;
use std::panic;
use std::path::Path;
use std::process::ExitCode;

fn load(path: &Path) -> Result<Vec<TraceLowLevelEvent>, Box<dyn Error>> {
    let format = match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => TraceEventsFileFormat::Json,
        Some("bin") => TraceEventsFileFormat::BinaryV0,
        _ => return Err("neither *.json nor *.bin".into()),
    };
    panic::catch_unwind(|| create_trace_reader(format).load_trace_events(path))
        .unwrap_or_else(|payload| Err(format!("panic: {}", text_of(&*payload)).into()))
}

fn text_of(payload: &dyn Any) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}

fn summary(records: &[TraceLowLevelEvent]) -> String {
    let (mut step, mut call, mut ret, mut value, mut event) = (0, 0, 0, 0, 0);
    for record in records {
        match record {
            TraceLowLevelEvent::Step(_) => step += 1,
            TraceLowLevelEvent::Call(_) => call += 1,
            TraceLowLevelEvent::Return(_) => ret += 1,
            TraceLowLevelEvent::Value(_) => value += 1,
            TraceLowLevelEvent::Event(_) => event += 1,
            _ => {}
        }
    }
    let total = records.len();
    format!("{total} step={step} call={call} return={ret} value={value} event={event}")
}

fn main() -> ExitCode {
    let mut exit = ExitCode::SUCCESS;
    for argument in std::env::args_os().skip(1) {
        let path = Path::new(&argument);
        match load(path) {
            Ok(records) => println!("ok {} {}", path.display(), summary(&records)),
            Err(error) => {
                let message = error.to_string().replace('\n', " ");
                println!("error {} {message}", path.display());
                exit = ExitCode::FAILURE;
            }
        }
    }
    exit
}
