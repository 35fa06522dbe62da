using System.Diagnostics;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Tests.Api.Forms;

public sealed class FormCostTests
{
    [Fact]
    public void Reading_a_start_allocates_the_form_its_pairs_and_two_values()
    {
        var body = "To=%2B14155550123&Channel=sms"u8.ToArray();
        Form.Parse(body);

        // The least of several: a collection in between counts what was left of the thread's room as used.
        var bytes = Enumerable.Range(0, 5).Min(_ => BytesOfAThousand(body)) / 1000;
        TestContext.Current.TestOutputHelper!.WriteLine($"{bytes} bytes/op, {Nanoseconds(body):F0} ns/op");
        Assert.InRange(bytes, 1, 176);
    }

    static long BytesOfAThousand(byte[] body)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Form.Parse(body);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    // For the reader of the output; a time is no test on a machine that others use.
    static double Nanoseconds(byte[] body)
    {
        const int Rounds = 1_000_000;
        for (var i = 0; i < Rounds; i++)
        {
            Form.Parse(body);
        }

        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Rounds; i++)
        {
            Form.Parse(body);
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Rounds;
    }
}
