using System.Threading.Channels;
using Countersign.Carriers.Smpp;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

/// <summary>The carrier against a message centre that is not ours: the npm package smpp.</summary>
public sealed class SmppPeerTests
{
    const string Swedish = "+46701740605", British = "+447700900123", French = "+33639980101";

    [Theory(Timeout = SmppBench.Deadline)]
    [InlineData("transceiver", "bind_transceiver")]
    [InlineData("transmitter", "bind_transmitter")]
    [InlineData("transmitter_and_receiver", "bind_receiver")]
    public async Task A_carrier_binds_sends_and_unbinds(string setting, string command)
    {
        await using var smsc = await SmscProcess.StartAsync();
        await using (var carrier = SmppBench.Create(smsc.Port, new() { ["bind_type"] = setting, ["system_type"] = "VMS" }))
        {
            var id = await carrier.AcceptedAsync(SmppBench.Message());
            var submit = await smsc.NextAsync("submit");

            Assert.Equal(submit.GetProperty("id").GetString(), id);
            Assert.Equal(CarrierBench.Text, submit.GetProperty("text").GetString());
            Assert.Equal("14155550100", submit.GetProperty("to").GetString());
            Assert.Equal("Acme", submit.GetProperty("from").GetString());
            Assert.Equal((5, 0, 1, 1), (Number(submit, "ton"), Number(submit, "npi"), Number(submit, "toTon"), Number(submit, "toNpi")));
            Assert.Equal(1, Number(submit, "registered"));
            Assert.InRange(submit.GetProperty("validity").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(9), DateTimeOffset.UtcNow.AddMinutes(11));
            await smsc.NextAsync("bind", setting == "transmitter_and_receiver" ? 2 : 1);
        }

        await smsc.NextAsync("unbind");
        Assert.Contains(smsc.All("bind"), bind => bind.GetProperty("command").GetString() == command);
        Assert.All(smsc.All("bind"), bind => Assert.Equal(("VMS", 0x34, true), (bind.GetProperty("systemType").GetString(), Number(bind, "version"), bind.GetProperty("right").GetBoolean())));
        Assert.Empty(smsc.All("error"));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_wrong_password_is_said_at_once()
    {
        await using var smsc = await SmscProcess.StartAsync();
        await using var carrier = SmppBench.Create(smsc.Port, password: "wrong");

        var refused = await carrier.RefusedAsync(SmppBench.Message());

        Assert.Equal((DeliveryError.Authentication, "status:0xE"), (refused.Error, refused.CarrierCode));
        Assert.False((await smsc.NextAsync("bind")).GetProperty("right").GetBoolean());
    }

    [Theory(Timeout = SmppBench.Deadline)]
    [InlineData("auto", "Your code is 123456: @£$¥ {€} àéèùÆØåÄÖÑÜß", 0)]
    [InlineData("auto", "Votre code est 123456, bientôt périmé", 3)]
    [InlineData("auto", "Ваш код: 123456", 8)]
    [InlineData("ucs2", "Your code is 123456", 8)]
    [InlineData("latin1", "Your code is 123456", 3)]
    [InlineData("gsm7", "Your code is 123456 漢字", 8)]
    public async Task A_text_is_read_as_it_was_written(string encoding, string text, int coding)
    {
        await using var smsc = await SmscProcess.StartAsync();
        await using var carrier = SmppBench.Create(smsc.Port, new() { ["encoding"] = encoding });

        await carrier.AcceptedAsync(SmppBench.Message(text));
        var submit = await smsc.NextAsync("submit");

        Assert.Equal(text, submit.GetProperty("text").GetString());
        Assert.Equal(coding, Number(submit, "coding"));
    }

    [Theory(Timeout = SmppBench.Deadline)]
    [InlineData("udh", "a{€", 120, 4)]
    [InlineData("udh", "Ваш код 😀 ", 20, 4)]
    [InlineData("udh", "ê", 200, 2)]
    [InlineData("payload", "a{€", 120, 1)]
    [InlineData("payload", "Ваш код 😀 ", 20, 1)]
    public async Task A_long_text_comes_together_again(string longMessage, string piece, int times, int parts)
    {
        var text = string.Concat(Enumerable.Repeat(piece, times));
        await using var smsc = await SmscProcess.StartAsync();
        await using var carrier = SmppBench.Create(smsc.Port, new() { ["long_message"] = longMessage });

        var id = await carrier.AcceptedAsync(SmppBench.Message(text));
        var last = await smsc.NextAsync("submit", parts);

        var submits = smsc.All("submit");
        Assert.Equal(parts, submits.Count);
        Assert.Equal(text, last.GetProperty("text").GetString());
        Assert.Equal(submits[0].GetProperty("id").GetString(), id);
        Assert.Equal([1, .. Enumerable.Repeat(0, parts - 1)], submits.Select(submit => Number(submit, "registered")));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task Receipts_come_by_text_and_by_parameters()
    {
        var receipts = Channel.CreateUnbounded<Receipt>();
        await using var smsc = await SmscProcess.StartAsync(receipts: new() { [British[1..]] = "text", [French[1..]] = "parameters" });
        await using var carrier = SmppBench.Create(smsc.Port, onReceipts: async list =>
        {
            foreach (var receipt in list)
            {
                await receipts.Writer.WriteAsync(receipt);
            }
        });

        var delivered = await carrier.AcceptedAsync(SmppBench.Message(number: British));
        var first = await receipts.Reader.ReadAsync();
        var undelivered = await carrier.AcceptedAsync(SmppBench.Message(number: French));
        var second = await receipts.Reader.ReadAsync();

        Assert.Equal(new Receipt { CarrierMessageId = delivered, Status = ReceiptStatus.Delivered }, first);
        Assert.Equal(new Receipt { CarrierMessageId = undelivered, Status = ReceiptStatus.Undelivered, Error = DeliveryError.UnknownNumber, CarrierCode = "gsm:1" }, second);
        Assert.Equal(0, Number(await smsc.NextAsync("receipt", 2), "status"));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_receipt_that_could_not_be_kept_comes_again()
    {
        var tries = 0;
        await using var smsc = await SmscProcess.StartAsync(receipts: new() { [British[1..]] = "text" });
        await using var carrier = SmppBench.Create(smsc.Port, onReceipts: _ => ++tries == 1 ? throw new InvalidOperationException("The store is away.") : Task.CompletedTask);

        await carrier.AcceptedAsync(SmppBench.Message(number: British));
        await smsc.NextAsync("receipt", 2);

        Assert.Equal([(int)CommandStatus.ReceiverTemporaryError, 0], smsc.All("receipt").Select(receipt => Number(receipt, "status")));
        Assert.Equal(2, tries);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task What_the_centre_refuses_is_said_in_our_words()
    {
        await using var smsc = await SmscProcess.StartAsync(refuse: new() { [British[1..]] = 0x58, [French[1..]] = 0x0B, [Swedish[1..]] = 0x4FF });
        await using var carrier = SmppBench.Create(smsc.Port);

        var throttled = await carrier.RefusedAsync(SmppBench.Message(number: British));
        var invalid = await carrier.RefusedAsync(SmppBench.Message(number: French));
        var unknown = await carrier.RefusedAsync(SmppBench.Message(number: Swedish));

        Assert.Equal((DeliveryError.Throttled, "status:0x58"), (throttled.Error, throttled.CarrierCode));
        Assert.Equal((DeliveryError.InvalidNumber, "status:0xB"), (invalid.Error, invalid.CarrierCode));
        Assert.Equal((DeliveryError.Unknown, "status:0x4FF"), (unknown.Error, unknown.CarrierCode));
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_dropped_connection_is_made_again()
    {
        await using var smsc = await SmscProcess.StartAsync();
        await using var carrier = SmppBench.Create(smsc.Port);
        await carrier.AcceptedAsync(SmppBench.Message("first"));

        await smsc.TellAsync(new { command = "drop" });
        await smsc.NextAsync("closed");
        await carrier.AcceptedAsync(SmppBench.Message("second"));

        Assert.Equal("second", (await smsc.NextAsync("submit", 2)).GetProperty("text").GetString());
        Assert.Equal(2, smsc.All("bind").Count);
    }

    [Fact(Timeout = SmppBench.Deadline)]
    public async Task A_centre_that_was_away_is_found_again()
    {
        await using var smsc = await SmscProcess.StartAsync();
        await using var carrier = SmppBench.Create(smsc.Port);
        await carrier.AcceptedAsync(SmppBench.Message("first"));

        await smsc.TellAsync(new { command = "stop" });
        await smsc.NextAsync("stopped");
        var refused = await carrier.RefusedAsync(SmppBench.Message("lost"));
        await smsc.TellAsync(new { command = "listen" });
        await smsc.NextAsync("bind", 2);
        while (await carrier.SendAsync(SmppBench.Message("second"), default) is not SendOutcome.Accepted)
        {
            // The answer to the bind is on its way.
            await Task.Delay(5);
        }

        await smsc.NextAsync("submit", 2);
        Assert.Equal((DeliveryError.ConnectionFailed, SendFailure.CarrierDown), (refused.Error, refused.Failure));
        Assert.Equal(["first", "second"], smsc.All("submit").Select(submit => submit.GetProperty("text").GetString()));
    }

    static int Number(System.Text.Json.JsonElement entry, string name) => entry.GetProperty(name).GetInt32();
}
