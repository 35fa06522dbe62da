using Countersign.Core.Guard;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Services;
using Countersign.Core.Tests.Verifications;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Limits;

public sealed class FetchLimitsTests
{
    static readonly Sid[] Verifications = [Sid.Parse("VE0123456789abcdef0123456789abcdef", "VE"), Sid.Parse("VEfedcba9876543210fedcba9876543210", "VE")];

    [Fact]
    public void Nodes_that_hear_of_every_reading_decide_as_one()
    {
        var reading = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 1], Gen.Int[0, 120_000]);
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 40], Gen.Int[0, 50], reading.Array[1, 200]).Sample((minute, hour, day, readings) =>
        {
            var time = new FakeTimeProvider(Desk.Opening);
            var service = ServiceWith(new LimitSettings(FetchesPerMinute: minute, FetchesPerHour: hour, FetchesPerDay: day));
            var (nodes, single) = (CountingNode.Several(3, time), CountingNode.Several(1, time)[0]);
            FetchLimits[] limits = [.. nodes.Select(node => new FetchLimits(node.Windows, node.Shared))];
            var alone = new FetchLimits(single.Windows, single.Shared);
            foreach (var (node, verification, milliseconds) in readings)
            {
                time.Advance(TimeSpan.FromMilliseconds(milliseconds));
                var expected = alone.Judge(service, Verifications[verification], time.GetUtcNow());

                var refusal = limits[node].Judge(service, Verifications[verification], time.GetUtcNow());
                nodes[node].Tell();

                Assert.Equal((expected?.Reason, expected?.RetryIn), (refusal?.Reason, refusal?.RetryIn));
            }
        });
    }

    [Fact]
    public void A_verification_that_is_asked_for_at_each_node_in_turn_is_read_no_more_often_than_at_one()
    {
        var time = new FakeTimeProvider(Desk.Opening);
        var nodes = CountingNode.Several(4, time);
        var (service, read) = (ServiceWith(LimitSettings.Default), 0);
        for (var i = 0; i < 400; i++)
        {
            read += new FetchLimits(nodes[i % 4].Windows, nodes[i % 4].Shared).Judge(service, Verifications[0], time.GetUtcNow()) is null ? 1 : 0;
            nodes[i % 4].Tell();
        }

        Assert.Equal(60, read);
    }

    static VerifyService ServiceWith(LimitSettings limits) => new()
    {
        Sid = Sid.Parse("VA0123456789abcdef0123456789abcdef", "VA"),
        AccountSid = Sid.Parse("AC0123456789abcdef0123456789abcdef", "AC"),
        FriendlyName = "Read",
        CreatedAt = Desk.Opening,
        UpdatedAt = Desk.Opening,
        Guard = new GuardSettings { Limits = limits },
    };
}
