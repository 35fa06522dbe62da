using System.Buffers;
using System.IO.Pipelines;

namespace Countersign.Server.Tests.Api.Forms;

/// <summary>A pipe that hands over a body in the given pieces, one more at each read beside what was not consumed, each in memory of its own.</summary>
sealed class SegmentedReader : PipeReader
{
    readonly List<Segment> _segments = [new(default, 0)];
    int _handedOver = -1;
    SequencePosition _consumed;

    public SegmentedReader(byte[] body, int[] cuts)
    {
        var start = 0;
        foreach (var cut in cuts.Append(body.Length).Select(cut => Math.Clamp(cut, 0, body.Length)).Order())
        {
            _segments.Add(_segments[^1].Append(body.AsMemory(start..cut)));
            start = cut;
        }

        _consumed = new SequencePosition(_segments[0], 0);
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        _handedOver = Math.Min(_handedOver + 1, _segments.Count - 1);
        var last = _segments[_handedOver];
        return new(new ReadResult(new ReadOnlySequence<byte>((Segment)_consumed.GetObject()!, _consumed.GetInteger(), last, last.Memory.Length), false, _handedOver == _segments.Count - 1));
    }

    public override bool TryRead(out ReadResult result) => throw new NotSupportedException();

    public override void AdvanceTo(SequencePosition consumed) => _consumed = consumed;

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _consumed = consumed;

    public override void CancelPendingRead() => throw new NotSupportedException();

    public override void Complete(Exception? exception = null)
    {
    }

    sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex) => (Memory, RunningIndex) = (memory, runningIndex);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
