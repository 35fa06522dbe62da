using Countersign.Core.Guard.Fraud;
using CsCheck;

namespace Countersign.Core.Tests.Guard.Fraud;

public sealed class FraudTableTests
{
    const uint Minute = 60 * 16;

    static readonly FraudRule Rule = new(12 * 3600, 10, FraudOdds.Of(0.7f));

    [Fact]
    public void A_sequence_of_unanswered_sends_only_grows_and_ends_at_the_cap()
    {
        var cell = new FraudCell();
        var before = 0f;

        for (uint i = 1; i < 100; i++)
        {
            cell.Advance(i * Minute, Rule);
            Assert.True(cell.Evidence >= before - 0.02f);
            before = cell.Evidence;
            cell.Send(1);
        }

        Assert.Equal(Rule.Cap, cell.Evidence, 0.1f);
    }

    [Fact]
    public void A_send_says_nothing_while_its_code_may_still_be_typed()
    {
        var cell = new FraudCell();
        cell.Advance(1, Rule);

        for (var i = 0; i < 10; i++)
        {
            cell.Send(1);
        }

        cell.Advance(1 + (5 * 16), Rule);
        Assert.InRange(cell.Evidence, 0, 1);
        cell.Advance(1 + (10 * Minute), Rule);
        Assert.InRange(cell.Evidence, 5, 10);
    }

    [Fact]
    public void People_at_their_usual_share_stay_far_from_a_block() =>
        Gen.Int[0, 99].Array[400].Sample(static draws =>
        {
            var cell = new FraudCell();
            uint now = 1;
            var highest = 0f;
            foreach (var draw in draws)
            {
                cell.Advance(now += Minute, Rule);
                cell.Send(1);
                cell.Advance(now += 30 * 16, Rule);
                if (draw < 70)
                {
                    cell.Approve(30, Rule);
                }

                highest = Math.Max(highest, cell.Evidence);
            }

            // Wald: a run of bad luck of ln(1/p) has probability p; over 400 sends it may come near, rarely to it.
            return highest < Rule.Cap;
        });

    [Fact]
    public void Time_alone_takes_everything_back() =>
        Gen.Select(Gen.Int[1, 500], Gen.Int[0, 500]).Sample(static (sends, answers) =>
        {
            var cell = new FraudCell();
            cell.Advance(1, Rule);
            for (var i = 0; i < sends; i++)
            {
                cell.Send(1);
            }

            for (var i = 0; i < answers; i++)
            {
                cell.Approve(20, Rule);
            }

            cell.Advance(1 + (400 * 24 * 60 * Minute), Rule);
            return Math.Abs(cell.Evidence) < 0.01f && cell.Sends < 0.01f && cell.Young < 0.01f && cell.Open >= 0;
        });

    [Fact]
    public void A_clock_that_goes_back_changes_nothing()
    {
        var cell = new FraudCell();
        cell.Advance(1000, Rule);
        cell.Send(1);

        cell.Advance(10, Rule);

        Assert.Equal(1, cell.Young);
        Assert.Equal(1000u, cell.At);
    }

    [Fact]
    public void Nothing_pushes_out_what_matters_however_many_keys_come()
    {
        var table = new FraudTable(10);
        var hot = 0x0123_4567_89AB_CDEFUL;
        for (uint i = 1; i <= 20; i++)
        {
            table.Change(hot, i * Minute, Rule, create: true, new Send());
        }

        for (ulong i = 1; i < 1_000_000; i++)
        {
            table.Change((i * 0x9E37_79B9_7F4A_7C15) | 1, 21 * Minute, Rule, create: true, new Send());
        }

        Assert.True(table.Read(hot, 22 * Minute, Rule).Evidence > 5);
    }

    [Fact]
    public void A_key_that_is_only_looked_for_takes_no_place()
    {
        var table = new FraudTable(10);

        table.Change(77, 1, Rule, create: false, new Send());

        Assert.Equal(0ul, table.Read(77, 1, Rule).Key);
    }

    [Fact]
    public void Threads_lose_no_count()
    {
        var table = new FraudTable(10);

        Parallel.For(0, 10_000, _ => table.Change(77, 1, Rule, create: true, new Send()));

        Assert.Equal(10_000, table.Read(77, 1, Rule).Sends);
    }

    readonly record struct Send : IFraudChange
    {
        public void Apply(ref FraudCell cell) => cell.Send(1);
    }
}
