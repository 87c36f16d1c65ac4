#include "model/stream_frame.h"

#include "codec/describe.h"

namespace drover::model {

DESCRIBE(StreamFrame, FIELD(Offset).omit_empty(), FIELD(Data).omit_empty(), FIELD(File).omit_empty(),
         FIELD(FileEvent).omit_empty());

}  // namespace drover::model
