using Countersign.Core.Guard;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Tests.Privacy;

namespace Countersign.Core.Tests.Guard.Fraud;

/// <summary>What is known of the device that codes are asked for from, by the fingerprint that the caller passes.</summary>
public sealed class FraudByDeviceTests
{
    [Fact]
    public void A_device_whose_codes_are_not_typed_back_is_refused_from_whatever_network_it_asks()
    {
        var pump = NewPump();
        pump.People(500);
        GuardRefusal? refusal = null;
        var sent = 0;

        for (; sent < 200 && refusal is null; sent++)
            refusal = pump.Start(Spread(pump, sent, "pump"), secondsAfter: 60);

        Assert.InRange(sent, 5, 60);
        Assert.Equal("device_not_converting", refusal!.Reason);
        Assert.Null(pump.Start(Spread(pump, 500, "person")));
        Assert.Null(pump.Start(Spread(pump, 501, null)));
    }

    [Fact]
    public void People_whose_phones_look_alike_are_not_refused_for_one_of_them()
    {
        var pump = NewPump();
        var refused = new List<string>();
        void Person(int index)
        {
            if (pump.PersonOn("model", Pump.American(201 + (index * 7 % 89), index)) is { } refusal)
                refused.Add(refusal.Reason);
        }

        for (var i = 0; i < 600; i++)
        {
            Person(i);
            pump.Now += TimeSpan.FromMinutes(5);
        }

        for (var i = 0; i < 60; i++)
        {
            pump.Start(Spread(pump, i, "model"), secondsAfter: 60);
            if (i % 10 == 0)
                Person(600 + i);
        }

        Assert.Empty(refused);
    }

    [Fact]
    public void A_service_that_keeps_nothing_of_devices_is_not_judged_by_them()
    {
        var pump = NewPump();
        pump.Service = pump.Service with { Guard = pump.Service.Guard with { Risk = new RiskSettings(RiskMode.Off) } };
        pump.People(500);

        for (var i = 0; i < 60; i++)
            Assert.NotEqual("device_not_converting", pump.Start(Spread(pump, i, "pump"), secondsAfter: 60)?.Reason);
    }

    [Fact]
    public void Other_nodes_hear_of_the_device()
    {
        var told = new FraudKeys(1, default, Pump.British(1), 2, address: null, device: 3);
        Span<byte> bytes = stackalloc byte[FraudKeys.Bytes];
        told.WriteTo(bytes);

        var heard = FraudKeys.Read(bytes);

        Assert.NotEqual(0UL, told.Device);
        Assert.Equal((told.Device, told.Service, told.Prefix(0), told.Prefix(4)), (heard.Device, heard.Service, heard.Prefix(0), heard.Prefix(4)));
    }

    static Pump NewPump() => new(ring: Rings.WithKeys(1));

    /// <summary>Over area codes, and each from another network.</summary>
    static StartFacts Spread(Pump pump, int index, string? fingerprint) => pump.Facts(Pump.American(201 + (index * 13 % 89), index), $"198.51.{index % 200}.{1 + (index / 200)}", fingerprint);
}
