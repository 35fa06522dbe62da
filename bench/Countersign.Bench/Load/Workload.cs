namespace Countersign.Bench.Load;

/// <summary>What one phase asks, and what it must be answered. Called by the generator's one thread.</summary>
abstract class Workload(RequestTemplate request, int expectedStatus)
{
    /// <summary>The request, copied for each connection.</summary>
    public RequestTemplate Request => request;

    /// <summary>Writes the next request into a connection's copy; false when there is nothing left to ask.</summary>
    public abstract bool Prepare(Span<byte> copy);

    /// <summary>Whether the answer is the right one.</summary>
    public bool IsRight(int status, ReadOnlySpan<byte> body) => status == expectedStatus && BodyIsRight(body);

    protected abstract bool BodyIsRight(ReadOnlySpan<byte> body);
}

/// <summary>Starts, each for a number of its own, and at most so many. Against the bare endpoint too, which gets the same bytes.</summary>
sealed class StartWorkload(RequestTemplate request, Numbers numbers, long most = long.MaxValue) : Workload(request, 201)
{
    public const string Form = "To=%2B10000000000&Channel=sms";

    readonly int _number = request.OffsetAfter("To=%2B1");

    long _asked;

    public override bool Prepare(Span<byte> copy)
    {
        if (_asked == most)
        {
            return false;
        }

        RequestTemplate.WriteDigits(copy.Slice(_number, 10), numbers.Next());
        _asked++;
        return true;
    }

    protected override bool BodyIsRight(ReadOnlySpan<byte> body) => body.IndexOf("\"status\":\"pending\""u8) > 0;
}

/// <summary>Checks, each of another verification, by its number and with its right code.</summary>
sealed class CheckWorkload(RequestTemplate request, IReadOnlyList<SentCode> codes) : Workload(request, 200)
{
    public const string Form = "To=%2B10000000000&Code=000000";

    readonly int _number = request.OffsetAfter("To=%2B1");
    readonly int _code = request.OffsetAfter("Code=");
    int _next;

    public override bool Prepare(Span<byte> copy)
    {
        if (_next == codes.Count)
        {
            return false;
        }

        var sent = codes[_next++];
        RequestTemplate.WriteDigits(copy.Slice(_number, 10), sent.Number);
        RequestTemplate.WriteDigits(copy.Slice(_code, 6), sent.Code);
        return true;
    }

    protected override bool BodyIsRight(ReadOnlySpan<byte> body) => body.IndexOf("\"status\":\"approved\""u8) > 0;
}

/// <summary>A code that reached a virtual phone: the ten digits after +1, and the six of the code.</summary>
readonly record struct SentCode(long Number, int Code);
