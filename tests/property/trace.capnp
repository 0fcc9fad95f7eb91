# `trace.bin`, from the page on the trace formats (sections 4.3 and 4.4), for pycapnp.
#
# The order of fields and the zero-size fillers give the layout of that page: pointers
# of a union share their slots, and the discriminant takes the first free 16 bits.
@0xd5b9c1a7e4f20683;

struct Trace {
  records @0 :List(Record);
}

struct Record {
  union {
    step @0 :StepRecord;
    path @1 :PathBuf;
    variableName @2 :Text;
    variable @3 :Text;
    type @4 :TypeRecord;
    value @5 :FullValue;
    function @6 :FunctionRecord;
    call @7 :CallRecord;
    return @8 :ReturnRecord;
    event @9 :EventRecord;
    asm @10 :List(Text);
    bindVariable @11 :AnyPointer;
    assignment @12 :AnyPointer;
    dropVariables @13 :AnyPointer;
    compoundValue @14 :AnyPointer;
    cellValue @15 :AnyPointer;
    assignCompoundItem @16 :AnyPointer;
    assignCell @17 :AnyPointer;
    variableCell @18 :AnyPointer;
    dropVariable @19 :AnyPointer;
    dropLastStep @20 :Void;
    threadStart @21 :ThreadId;
    threadExit @22 :ThreadId;
    threadSwitch @23 :ThreadId;
  }
}

struct PathBuf { text @0 :Text; }
struct PathId { i @0 :Int64; }
struct FunctionId { i @0 :Int64; }
struct VariableId { i @0 :Int64; }
struct TypeId { i @0 :Int64; }
struct Line { i @0 :Int64; }
struct ThreadId { i @0 :UInt64; }

struct StepRecord {
  pathId @0 :PathId;
  line @1 :Line;
}

struct FunctionRecord {
  pathId @0 :PathId;
  line @1 :Line;
  name @2 :Text;
}

struct CallRecord {
  functionId @0 :FunctionId;
  args @1 :List(FullValue);
}

struct ReturnRecord { returnValue @0 :ValueRecord; }

struct FullValue {
  variableId @0 :VariableId;
  value @1 :ValueRecord;
}

struct EventRecord {
  kind @0 :UInt16;
  content @1 :Text;
  metadata @2 :Text;
}

struct TypeRecord {
  kind @0 :UInt16;
  langType @1 :Text;
  specificInfo @2 :TypeInfo;
}

struct TypeInfo {
  union {
    none @0 :Void;
    struct @1 :List(Field);
    pointer @2 :TypeId;
  }
}

struct Field {
  name @0 :Text;
  typeId @1 :TypeId;
}

struct ValueRecord {
  union {
    int :group {
      i @0 :Int64;
      typeId @1 :TypeId;
    }
    float :group {
      f @2 :Float64;
      typeId @3 :TypeId;
    }
    bool :group {
      b @4 :Bool;
      typeId @5 :TypeId;
    }
    string :group {
      text @6 :Text;
      typeId @7 :TypeId;
    }
    sequence :group {
      elements @8 :List(ValueRecord);
      isSlice @9 :Bool;
      typeId @10 :TypeId;
    }
    tuple :group {
      elements @11 :List(ValueRecord);
      typeId @12 :TypeId;
    }
    struct :group {
      fieldValues @13 :List(ValueRecord);
      typeId @14 :TypeId;
    }
    variant :group {
      discriminator @15 :Text;
      contents @16 :ValueRecord;
      typeId @17 :TypeId;
    }
    reference :group {
      dereferenced @18 :ValueRecord;
      mutable @19 :Bool;
      address @20 :UInt64;
      typeId @21 :TypeId;
    }
    raw :group {
      r @22 :Text;
      typeId @23 :TypeId;
    }
    error :group {
      msg @24 :Text;
      typeId @25 :TypeId;
    }
    none :group {
      typeId @26 :TypeId;
    }
    cell :group {
      place @27 :Place;
    }
    bigInt :group {
      b @28 :Data;
      negative @29 :Bool;
      typeId @30 :TypeId;
    }
  }
}

struct Place { i @0 :Int64; }
