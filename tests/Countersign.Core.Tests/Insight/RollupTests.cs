using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Insight;
using Countersign.Core.Numbers;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Core.Tests.Insight;

/// <summary>What each event adds. The stores' own tests compare long random games with a recount.</summary>
public sealed class RollupTests
{
    readonly RollupDeltas _deltas = new();

    [Fact]
    public async Task A_started_verification_counts_on_its_hour_country_and_channel()
    {
        var started = await StartedAsync();

        Rollup.CountStep(_deltas, null, new StepDecision(started, started.Attempts[0]));

        var (key, counts) = Assert.Single(_deltas.InOrder());
        Assert.Equal(new RollupKey(RollupKey.HourOf(Desk.Opening), started.AccountSid, started.ServiceSid, "US", Channel.Sms, "", null), key);
        Assert.Equal("starts 1", counts.ToString());
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 0, 0, TimeSpan.Zero), key.At);
    }

    [Fact]
    public async Task A_guess_that_settles_nothing_counts_nothing()
    {
        var started = await StartedAsync();

        Rollup.CountStep(_deltas, started, StepDecision.Nothing);
        Rollup.CountStep(_deltas, started, new StepDecision(started with { Checks = 1 }));

        Assert.True(_deltas.IsEmpty);
    }

    [Theory]
    [InlineData(AttemptStatus.Sent, AttemptStatus.Delivered, "sends 1, delivered 1, segments 2")]
    [InlineData(AttemptStatus.Sent, AttemptStatus.Read, "sends 1, delivered 1, read 1, segments 2")]
    [InlineData(AttemptStatus.Undelivered, AttemptStatus.Delivered, "sends 1, delivered 1, segments 2")]
    [InlineData(AttemptStatus.Failed, AttemptStatus.Delivered, "sends 1, delivered 1, segments 2")]
    [InlineData(AttemptStatus.TooLate, AttemptStatus.Sent, "sends 1, segments 2")]
    [InlineData(AttemptStatus.Delivered, AttemptStatus.Read, "sends 1, delivered 1, read 1, segments 2")]
    public void A_receipt_takes_off_what_was_counted_and_puts_on_what_is(AttemptStatus before, AttemptStatus after, string left)
    {
        var attempt = Attempt(before);
        Rollup.CountAttempt(_deltas, attempt, 1);

        Rollup.CountReceipt(_deltas, attempt, Attempt(after));

        Assert.Equal(left, Assert.Single(_deltas.InOrder()).Value.ToString());
    }

    [Fact]
    public void An_undelivered_message_is_sent_without_an_error_and_undelivered_with_one()
    {
        Rollup.CountAttempt(_deltas, Attempt(AttemptStatus.Undelivered), 1);

        Assert.Equal(
            [((DeliveryError?)null, "sends 1, segments 2"), (DeliveryError.Unreachable, "undelivered 1")], _deltas.InOrder().Select(row => (row.Key.Error, row.Value.ToString())));
    }

    [Fact]
    public void A_mailbox_and_a_number_of_no_country_have_none()
    {
        Assert.Equal("", RollupKey.CountryOf(Destination.Restore("owl@example.com")));
        Assert.Equal("", RollupKey.CountryOf(Destination.Restore("+80012345678")));
        Assert.Equal("GB", RollupKey.CountryOf(Desk.Bob));
    }

    [Fact]
    public void Counting_on_a_key_that_is_there_allocates_nothing()
    {
        var attempt = Attempt(AttemptStatus.Delivered);
        Rollup.CountAttempt(_deltas, attempt, 1);
        Rollup.CountAttempt(_deltas, attempt, 1);

        var allocated = Allocated.By(() =>
        {
            for (var i = 0; i < 1000; i++)
                Rollup.CountAttempt(_deltas, attempt, 1);
        });

        Assert.Equal(0, allocated);
        Assert.Equal(5002, Assert.Single(_deltas.InOrder()).Value[RollupCounter.Delivered]);
    }

    [Fact]
    public void Every_counter_has_its_name() => Assert.Equal(
        Enum.GetValues<RollupCounter>().Select(counter => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(counter.ToString())), RollupCounters.Names);

    [Fact]
    public void Deltas_of_two_batches_add_up()
    {
        var other = new RollupDeltas();
        Rollup.CountAttempt(_deltas, Attempt(AttemptStatus.Sent), 1);
        Rollup.CountAttempt(other, Attempt(AttemptStatus.Sent), 1);
        Rollup.CountAttempt(other, Attempt(AttemptStatus.Failed), 1);

        _deltas.Add(other);

        Assert.Equal(["sends 2, segments 4", "failed 1"], _deltas.InOrder().Select(row => row.Value.ToString()));
    }

    static async Task<Verification> StartedAsync() => await Desk.InMemory().Desk.StartedAsync(Desk.Ann);

    static AttemptRecord Attempt(AttemptStatus status) => new()
    {
        Sid = Sid.Parse("VL0123456789abcdef0123456789abcdef", "VL"),
        VerificationSid = Sid.Parse("VE0123456789abcdef0123456789abcdef", "VE"),
        ServiceSid = Sid.Parse("VA0123456789abcdef0123456789abcdef", "VA"),
        AccountSid = Sid.Parse("AC0123456789abcdef0123456789abcdef", "AC"),
        Channel = Channel.Sms,
        Country = "US",
        Status = status,
        Carrier = "acme",
        Error = status is AttemptStatus.Failed or AttemptStatus.Undelivered ? DeliveryError.Unreachable : null,
        Segments = 2,
        CreatedAt = Desk.Opening,
        UpdatedAt = Desk.Opening,
    };
}
