using System.Text;
using System.Text.Json;
using Countersign.Carriers.Infobip;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Carriers.Infobip;

public sealed class InfobipTests : VendorConformance
{
    const string Delivered = """{"groupId":3,"groupName":"DELIVERED","id":5,"name":"DELIVERED_TO_HANDSET","description":"Message delivered to handset"}""";
    static readonly Sid Other = Sid.Parse("VLbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "VL");
    static readonly Uri Nowhere = new("http://127.0.0.1:9");
    static readonly Uri Callback = new($"https://verify.example.com/callbacks/acme/{CarrierBench.Account}");

    protected override string Success => Answer("""{"groupId":1,"groupName":"PENDING","id":26,"name":"PENDING_ACCEPTED","description":"Message sent to next instance"}""");

    protected override bool CoversBody => false; // Infobip signs nothing: the secret address stands in for it.

    protected override CallbackRequest Genuine => Signed(Encoding.UTF8.GetBytes(Report(Delivered)));

    protected override IEnumerable<CallbackRequest> Tampered
    {
        get
        {
            var address = Genuine.Url.Split('?');
            return Mutations(address[1]).Select(query => With(Genuine, url: $"{address[0]}?{query}"));
        }
    }

    [Fact]
    public async Task The_request_is_version_three_of_the_api()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, Success));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.Equal(new SendOutcome.Accepted(CarrierBench.Attempt.ToString()), outcome);
        Assert.Equal("POST /sms/3/messages HTTP/1.1", peer.Request.Line);
        Assert.Equal("App not-a-real-key", peer.Request.Headers["Authorization"]);
        Assert.Equal("application/json", peer.Request.Headers["Accept"]);
        using var body = JsonDocument.Parse(peer.Request.Body);
        var webhooks = body.RootElement.GetProperty("messages")[0].GetProperty("webhooks");
        Assert.StartsWith($"{Callback}?attempt={CarrierBench.Attempt}&token=", webhooks.GetProperty("delivery").GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.StartsWith(
            """{"messages":[{"sender":"Acme","destinations":[{"to":"14155550100","messageId":"VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}],"content":{"text":"Your Acme verification code is: 123456"},"""
            + """ "options":{"validityPeriod":{"amount":10,"timeUnit":"MINUTES"}},"webhooks":{"delivery":{"url":"https:""".TrimStart(),
            peer.Request.Body, StringComparison.Ordinal);
        Assert.EndsWith("""},"contentType":"application/json","callbackData":"VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}]}""", peer.Request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_that_comes_to_the_address_that_was_sent_is_genuine()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, Success));
        var carrier = Create(peer.Address);

        await carrier.SendAsync(Message, TestContext.Current.CancellationToken);
        using var body = JsonDocument.Parse(peer.Request.Body);
        var address = body.RootElement.GetProperty("messages")[0].GetProperty("webhooks").GetProperty("delivery").GetProperty("url").GetString()!;
        var outcome = carrier.Receive(With(CarrierBench.Callback("", [], Report(Delivered)), url: address));

        Assert.Single(Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);
    }

    [Theory]
    [InlineData("REJECTED", "SIGNALS_BLOCKED", DeliveryError.FraudBlock, SendFailure.FraudBlock)]
    [InlineData("REJECTED", "REJECTED_DESTINATION", DeliveryError.InvalidNumber, SendFailure.NumberRefused)]
    [InlineData("REJECTED", "REJECTED_NETWORK", DeliveryError.NoRoute, SendFailure.ChannelRefused)]
    [InlineData("REJECTED", "REJECTED_FLOODING_FILTER", DeliveryError.Filtered, SendFailure.ChannelRefused)]
    [InlineData("REJECTED", "REJECTED_DND", DeliveryError.Filtered, SendFailure.ChannelRefused)]
    [InlineData("REJECTED", "REJECTED_SYSTEM_ERROR", DeliveryError.CarrierFault, SendFailure.CarrierDown)]
    [InlineData("REJECTED", "REJECTED_NOT_ENOUGH_CREDITS", DeliveryError.InsufficientFunds, SendFailure.CarrierDown)]
    [InlineData("UNDELIVERABLE", "UNDELIVERABLE_NEW_ONE", DeliveryError.Unknown, SendFailure.ChannelRefused)]
    public async Task A_rejecting_status_is_a_refusal(string group, string name, DeliveryError error, SendFailure failure)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, Answer($$"""{"groupName":"{{group}}","name":"{{name}}","description":"+14155550100"}""")));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        var refused = Assert.IsType<SendOutcome.Refused>(outcome);
        Assert.Equal((error, name, failure), (refused.Error, refused.CarrierCode, refused.Failure));
    }

    [Theory]
    [InlineData(401, """{"errorCode":"E401","description":"The request lacks valid authentication credentials.","action":"x","violations":[],"resources":[]}""", DeliveryError.Authentication, "E401")]
    [InlineData(401, """{"requestError":{"serviceException":{"messageId":"UNAUTHORIZED","text":"Invalid login details"}}}""", DeliveryError.Authentication, "UNAUTHORIZED")]
    [InlineData(400, """{"errorCode":"E400","description":"+14155550100"}""", DeliveryError.Misconfigured, "E400")]
    [InlineData(429, """{"errorCode":"E429"}""", DeliveryError.Throttled, "E429")]
    [InlineData(500, """{"errorCode":"E500"}""", DeliveryError.CarrierFault, "E500")]
    [InlineData(503, """{"errorCode":"E599"}""", DeliveryError.CarrierFault, "E599")]
    public async Task A_refused_request_is_normalised(int status, string body, DeliveryError error, string code)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(status, body));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.Equal(new SendOutcome.Refused(error, code), outcome);
    }

    [Fact]
    public async Task A_repeated_message_id_means_that_it_was_taken()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, Answer("""{"groupName":"REJECTED","name":"REJECTED_DUPLICATE_MESSAGE_ID"}""")));

        Assert.Equal(new SendOutcome.Accepted(CarrierBench.Attempt.ToString()), await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_message_that_was_refused_is_tried_again_under_another_id()
    {
        const string Duplicate = """{"groupName":"REJECTED","name":"REJECTED_DUPLICATE_MESSAGE_ID"}""";
        await using var peer = new CarrierPeer(
            CarrierPeer.Json(200, Answer("""{"groupName":"REJECTED","name":"REJECTED_SYSTEM_ERROR"}""")),
            CarrierPeer.Json(503, ""),
            CarrierPeer.Json(200, Answer("""{"groupName":"UNDELIVERABLE","name":"UNDELIVERABLE_REJECTED_PLATFORM"}""")),
            CarrierPeer.Json(200, Answer(Duplicate)));
        var carrier = Create(peer.Address);
        var other = Message with { AttemptSid = Other };

        var outcomes = new List<SendOutcome>();
        foreach (var message in new[] { Message, Message, Message, Message, other })
        {
            outcomes.Add(await carrier.SendAsync(message, TestContext.Current.CancellationToken));
        }

        Assert.Equal([$"{CarrierBench.Attempt}", $"{CarrierBench.Attempt}-1", $"{CarrierBench.Attempt}-1", $"{CarrierBench.Attempt}-2", $"{Other}"], peer.Requests.Select(request => IdIn(request.Body)));
        Assert.Equal(
            [
                new SendOutcome.Refused(DeliveryError.CarrierFault, "REJECTED_SYSTEM_ERROR"),
                new SendOutcome.Refused(DeliveryError.CarrierFault, "http_503"),
                new SendOutcome.Refused(DeliveryError.CarrierFault, "UNDELIVERABLE_REJECTED_PLATFORM"),
                new SendOutcome.Accepted($"{CarrierBench.Attempt}-2"),
                new SendOutcome.Accepted(Other.ToString()),
            ],
            outcomes);
    }

    [Fact]
    public async Task A_report_on_a_try_that_was_refused_says_nothing_of_the_one_that_was_taken()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, Answer("""{"groupName":"REJECTED","name":"REJECTED_SYSTEM_ERROR"}""")), CarrierPeer.Json(200, Success));
        var carrier = Create(peer.Address);
        await carrier.SendAsync(Message, TestContext.Current.CancellationToken);
        await carrier.SendAsync(Message, TestContext.Current.CancellationToken);

        CallbackRequest Reported(string id, string status) => Signed(Encoding.UTF8.GetBytes(Report(status).Replace($"\"messageId\":\"{CarrierBench.Attempt}\"", $"\"messageId\":\"{id}\"", StringComparison.Ordinal)));
        var refused = carrier.Receive(Reported(CarrierBench.Attempt.ToString(), """{"groupName":"REJECTED","name":"REJECTED_SYSTEM_ERROR"}"""));
        var taken = carrier.Receive(Reported($"{CarrierBench.Attempt}-1", Delivered));
        var byAnotherServer = Create(Nowhere).Receive(Reported($"{CarrierBench.Attempt}-1", Delivered));

        Assert.Empty(Assert.IsType<CallbackOutcome.Understood>(refused).Receipts);
        Assert.All([taken, byAnotherServer], outcome =>
        {
            var receipt = Assert.Single(Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);
            Assert.Equal((CarrierBench.Attempt, $"{CarrierBench.Attempt}-1", ReceiptStatus.Delivered), (receipt.AttemptSid, receipt.CarrierMessageId, receipt.Status));
        });
    }

    [Theory]
    [InlineData("VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-")]
    [InlineData("VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-x")]
    [InlineData("VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa--1")]
    [InlineData("VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1")]
    [InlineData("VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("")]
    [InlineData(null)]
    public void Another_name_is_not_the_attempts(string? name) => Assert.False(new InfobipIds(TimeProvider.System).IsOf(name, CarrierBench.Attempt));

    [Fact]
    public void Refusals_are_remembered_for_minutes_and_never_without_bound()
    {
        var time = new FakeTimeProvider(CarrierBench.Now);
        var ids = new InfobipIds(time);
        ids.Refused(CarrierBench.Attempt);

        time.Advance(TimeSpan.FromMinutes(4));
        Fill(InfobipIds.Most);
        Assert.Equal($"{CarrierBench.Attempt}-1", ids.Next(CarrierBench.Attempt));

        Fill(InfobipIds.Most);
        Assert.Equal(CarrierBench.Attempt.ToString(), ids.Next(CarrierBench.Attempt));

        ids.Refused(CarrierBench.Attempt);
        time.Advance(TimeSpan.FromMinutes(6));
        Fill(1);
        Assert.Equal($"{CarrierBench.Attempt}-1", ids.Next(CarrierBench.Attempt));
        time.Advance(TimeSpan.FromMinutes(6));
        Fill(1);
        Assert.Equal(CarrierBench.Attempt.ToString(), ids.Next(CarrierBench.Attempt));

        void Fill(int count)
        {
            for (var i = 0; i < count; i++)
            {
                ids.Refused(Sid.NewRandom("VL", RandomSource.System));
            }
        }
    }

    [Fact]
    public void A_report_tells_time_price_and_network()
    {
        var outcome = Create(Nowhere).Receive(Genuine);

        Assert.Equal(
            [
                new Receipt
                {
                    AttemptSid = CarrierBench.Attempt,
                    CarrierMessageId = CarrierBench.Attempt.ToString(),
                    Status = ReceiptStatus.Delivered,
                    At = new DateTimeOffset(2026, 11, 23, 12, 0, 3, TimeSpan.Zero),
                    Price = 0.02m,
                    Currency = "eur",
                    MobileCountryCode = "310",
                    MobileNetworkCode = "800",
                },
            ],
            Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);
    }

    [Theory]
    [InlineData("PENDING", "PENDING_ENROUTE", "NO_ERROR", ReceiptStatus.Sent, null, null)]
    [InlineData("DELIVERED", "DELIVERED_TO_OPERATOR", "NO_ERROR", ReceiptStatus.Sent, null, null)]
    [InlineData("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_ABSENT_SUBSCRIBER", ReceiptStatus.Undelivered, DeliveryError.Unreachable, "EC_ABSENT_SUBSCRIBER")]
    [InlineData("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_NNR_MTPFAILURE", ReceiptStatus.Undelivered, DeliveryError.Congestion, "EC_NNR_MTPFAILURE")]
    [InlineData("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_CALL_BARRED", ReceiptStatus.Undelivered, DeliveryError.Unreachable, "EC_CALL_BARRED")]
    [InlineData("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_SM_DF_INVALIDSME_ADDRESS", ReceiptStatus.Undelivered, DeliveryError.Unreachable, "EC_SM_DF_INVALIDSME_ADDRESS")]
    [InlineData("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_INVALID_DESTINATION_ADDRESS", ReceiptStatus.Undelivered, DeliveryError.NoRoute, "EC_INVALID_DESTINATION_ADDRESS")]
    [InlineData("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_IMSI_BLACKLISTED", ReceiptStatus.Undelivered, DeliveryError.Filtered, "EC_IMSI_BLACKLISTED")]
    [InlineData("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_SC_BLOCKED_FOR_END_USER", ReceiptStatus.Undelivered, DeliveryError.Filtered, "EC_SC_BLOCKED_FOR_END_USER")]
    [InlineData("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_SC_BLOCKED_BY_END_USER", ReceiptStatus.Undelivered, DeliveryError.BlockedByRecipient, "EC_SC_BLOCKED_BY_END_USER")]
    [InlineData("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_DEST_ADDRESS_BLACKLISTED", ReceiptStatus.Undelivered, DeliveryError.Filtered, "EC_DEST_ADDRESS_BLACKLISTED")]
    [InlineData("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_DESTINATION_FLOODING", ReceiptStatus.Undelivered, DeliveryError.Filtered, "EC_DESTINATION_FLOODING")]
    [InlineData("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_DESTINATION_TXT_FLOODING", ReceiptStatus.Undelivered, DeliveryError.Filtered, "EC_DESTINATION_TXT_FLOODING")]
    [InlineData("UNDELIVERABLE", "UNDELIVERABLE_REJECTED_OPERATOR", "NO_ERROR", ReceiptStatus.Undelivered, DeliveryError.Filtered, "UNDELIVERABLE_REJECTED_OPERATOR")]
    [InlineData("EXPIRED", "EXPIRED_EXPIRED", "EC_SOMETHING_NEW", ReceiptStatus.Undelivered, DeliveryError.Expired, "EC_SOMETHING_NEW")]
    [InlineData("REJECTED", "REJECTED_SOURCE", "NO_ERROR", ReceiptStatus.Undelivered, DeliveryError.UnregisteredSender, "REJECTED_SOURCE")]
    public void A_status_becomes_a_receipt(string group, string name, string errorName, ReceiptStatus status, DeliveryError? error, string? code)
    {
        var body = Report($$"""{"groupName":"{{group}}","name":"{{name}}"}""", errorName);

        var receipt = Assert.Single(Assert.IsType<CallbackOutcome.Understood>(Create(Nowhere).Receive(Signed(Encoding.UTF8.GetBytes(body)))).Receipts);

        Assert.Equal((status, error, code), (receipt.Status, receipt.Error, receipt.CarrierCode));
    }

    [Theory]
    [InlineData("REJECTED_DUPLICATE_MESSAGE_ID", "EC_DUPLICATE_MESSAGE")]
    [InlineData("REJECTED_DUPLICATE", "NO_ERROR")]
    public void A_report_on_a_repetition_says_nothing_of_the_message_that_was_taken(string name, string error)
    {
        var body = Report($$"""{"groupName":"REJECTED","name":"{{name}}"}""", error);

        Assert.Empty(Assert.IsType<CallbackOutcome.Understood>(Create(Nowhere).Receive(Signed(Encoding.UTF8.GetBytes(body)))).Receipts);
    }

    [Fact]
    public void A_genuine_address_cannot_speak_of_another_message()
    {
        var body = Report(Delivered).Replace("VLaaaa", "VLbbbb", StringComparison.Ordinal);

        Assert.Empty(Assert.IsType<CallbackOutcome.Understood>(Create(Nowhere).Receive(Signed(Encoding.UTF8.GetBytes(body)))).Receipts);
    }

    protected override ICarrier Create(Uri address) =>
        CarrierBench.Create(new InfobipKind(), new() { ["base_url"] = address.ToString() }, new() { ["api_key"] = "not-a-real-key" });

    protected override CallbackRequest Signed(byte[] body) =>
        With(CarrierBench.Callback("", [], ""), url: new InfobipReceipts("not-a-real-key", new InfobipIds(TimeProvider.System)).AddressOf(Callback, CarrierBench.Attempt), body: body);

    static string? IdIn(string body)
    {
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("messages")[0].GetProperty("destinations")[0].GetProperty("messageId").GetString();
    }

    static string Answer(string status) => $$"""{"bulkId":"2034072219640523072","messages":[{"messageId":"{{CarrierBench.Attempt}}","status":{{status}},"destination":"14155550100"}]}""";

    static string Report(string status, string error = "NO_ERROR") =>
        $$$"""
        {"results":[{"bulkId":"BULK-1","messageId":"{{{CarrierBench.Attempt}}}","to":"14155550100","sender":"Acme","sentAt":"2026-11-23T12:00:00.000+0000","doneAt":"2026-11-23T12:00:03.000+0000",
        "messageCount":2,"mccMnc":"310800","callbackData":"{{{CarrierBench.Attempt}}}","price":{"pricePerMessage":0.01,"currency":"EUR"},"status":{{{status}}},
        "error":{"groupId":0,"groupName":"OK","id":0,"name":"{{{error}}}","permanent":false},"platform":{"entityId":"new"}}]}
        """;
}
