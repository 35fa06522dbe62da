using System.Text;
using System.Text.RegularExpressions;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using CsCheck;

namespace Countersign.Adapters.Tests.Carriers;

/// <summary>What every HTTP carrier must withstand, whatever it speaks; inherited once per carrier.</summary>
public abstract partial class VendorConformance
{
    /// <summary>The carrier against a peer.</summary>
    protected abstract ICarrier Create(Uri address);

    /// <summary>The message that it sends.</summary>
    protected virtual OutgoingMessage Message => CarrierBench.Message(Channel.Sms) with { Sender = "Acme" };

    /// <summary>The body of an answer that takes the message.</summary>
    protected abstract string Success { get; }

    /// <summary>A callback that is rightly signed, with the pieces that a test may change.</summary>
    protected abstract CallbackRequest Genuine { get; }

    /// <summary>Headers that the signature is in or covers: a change of any of them must be noticed.</summary>
    protected virtual IReadOnlyList<string> SignedHeaders => [];

    /// <summary>Further callbacks that are the genuine one but for what must not change.</summary>
    protected virtual IEnumerable<CallbackRequest> Tampered => [];

    /// <summary>Whether the signature covers the address, or the body.</summary>
    protected virtual bool CoversUrl => false;

    protected virtual bool CoversBody => true;

    static readonly Uri Nowhere = new("http://127.0.0.1:9");

    [Fact]
    public async Task A_silent_carrier_is_waited_for_until_the_caller_gives_up()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Silence);
        using var cancel = new CancellationTokenSource();
        var carrier = Create(peer.Address);

        var sending = carrier.SendAsync(Message, cancel.Token).AsTask();
        while (peer.Requests.Count == 0 && !sending.IsCompleted)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task A_connection_that_is_closed_without_an_answer_leaves_it_open_whether_the_message_was_taken()
    {
        await using var peer = new CarrierPeer([null]);

        await Assert.ThrowsAsync<TimeoutException>(async () => await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("")]
    [InlineData("OK, we sent it")]
    [InlineData("<html>503</html>")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"messages":7,"id":{},"recipients":[],"MessageId":[],"status":{}}""")]
    [InlineData("""{"messages":[]}""")]
    [InlineData("""{"messages":[null]}""")]
    [InlineData("""{"\ud800":1}""")]
    public async Task An_answer_of_the_wrong_shape_is_malformed(string body)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, body));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.Equal(DeliveryError.MalformedAnswer, Assert.IsType<SendOutcome.Refused>(outcome).Error);
    }

    [Fact]
    public async Task A_text_in_the_place_of_an_id_is_not_taken_over()
    {
        await using var first = new CarrierPeer(CarrierPeer.Json(200, Success));
        var id = Assert.IsType<SendOutcome.Accepted>(await Create(first.Address).SendAsync(Message, TestContext.Current.CancellationToken)).CarrierMessageId;
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, Success.Replace($"\"{id}\"", "\"<b>internal page\"", StringComparison.Ordinal)));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.DoesNotContain("internal", outcome.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_huge_answer_is_malformed()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Json(200, Success.Insert(Success.Length - 1, $",\"more\":\"{new string('x', 200_000)}\"")));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.Equal(DeliveryError.MalformedAnswer, Assert.IsType<SendOutcome.Refused>(outcome).Error);
    }

    [Theory]
    [InlineData(401, DeliveryError.Authentication)]
    [InlineData(403, DeliveryError.Authentication)]
    [InlineData(404, DeliveryError.Misconfigured)]
    [InlineData(302, DeliveryError.Misconfigured)]
    [InlineData(429, DeliveryError.Throttled)]
    [InlineData(500, DeliveryError.CarrierFault)]
    [InlineData(502, DeliveryError.Timeout)]
    [InlineData(503, DeliveryError.CarrierFault)]
    [InlineData(504, DeliveryError.Timeout)]
    public async Task A_status_speaks_where_the_body_says_nothing(int status, DeliveryError error)
    {
        await using var peer = new CarrierPeer(CarrierPeer.Answer(status, "text/html", "<p>Sorry about +14155550100</p>"));

        var outcome = await Create(peer.Address).SendAsync(Message, TestContext.Current.CancellationToken);

        Assert.Equal(new SendOutcome.Refused(error, $"http_{status}"), outcome);
    }

    [Fact]
    public void A_genuine_callback_brings_a_receipt()
    {
        var outcome = Create(Nowhere).Receive(Genuine);

        Assert.NotEmpty(Assert.IsType<CallbackOutcome.Understood>(outcome).Receipts);
    }

    [Fact]
    public void Any_changed_character_of_what_is_signed_makes_a_forgery()
    {
        var carrier = Create(Nowhere);
        var genuine = Genuine;
        var changed = new List<CallbackRequest>();
        foreach (var name in SignedHeaders)
        {
            changed.AddRange(Mutations(genuine.Header(name)!).Select(value => With(genuine, headers: new(genuine.Headers, StringComparer.OrdinalIgnoreCase) { [name] = value })));
            changed.Add(With(genuine, headers: new(genuine.Headers.Where(header => header.Key != name), StringComparer.OrdinalIgnoreCase)));
        }

        if (CoversUrl)
        {
            changed.AddRange(Mutations(genuine.Url).Select(url => With(genuine, url: url)));
        }

        if (CoversBody)
        {
            changed.AddRange(Mutations(Encoding.UTF8.GetString(genuine.Body.Span)).Select(body => With(genuine, body: Encoding.UTF8.GetBytes(body))));
            changed.Add(With(genuine, body: [.. genuine.Body.Span, (byte)' ']));
        }

        changed.AddRange(Tampered);
        Assert.NotEmpty(changed);
        Assert.All(changed, request => Assert.IsType<CallbackOutcome.Forged>(carrier.Receive(request)));
    }

    [Fact]
    public void A_random_callback_never_throws_and_never_passes()
    {
        var carrier = Create(Nowhere);
        var genuine = Genuine;

        Gen.Select(Gen.Byte.Array[0, 200], Gen.String[0, 80], Gen.OneOf("POST", "GET", "PUT")).Sample((body, header, method) =>
        {
            var request = With(genuine, body: body, method: method,
                headers: new(genuine.Headers.ToDictionary(known => known.Key, known => SignedHeaders.Contains(known.Key) ? header : known.Value), StringComparer.OrdinalIgnoreCase),
                url: $"https://verify.example.com/callbacks/acme/{CarrierBench.Account}?{Uri.EscapeDataString(header.Replace('\uD800', 'x'))}=1&%zz=%");
            Assert.IsNotType<CallbackOutcome.Understood>(carrier.Receive(request));
        }, iter: 2000);
    }

    [Fact]
    public void Nothing_that_is_rightly_signed_throws() =>
        Gen.OneOf(Gen.Byte.Array[0, 60].Select(bytes => bytes), HostileJson.Select(Encoding.UTF8.GetBytes)).Sample(body =>
        {
            var outcome = Create(Nowhere).Receive(Signed(body));
            Assert.True(outcome is CallbackOutcome.Understood or CallbackOutcome.Malformed || !CoversBody);
        }, iter: 500);

    [Fact]
    public void A_genuine_callback_with_anything_in_its_fields_never_throws()
    {
        var payload = Encoding.UTF8.GetString(Payload);
        var values = ScalarInJson.Matches(payload);
        if (values.Count == 0)
        {
            return; // Everything is in the address.
        }

        Gen.Select(Gen.Int[0, values.Count - 1], HostileJson, Gen.Bool).Sample((index, value, isCut) =>
        {
            var at = values[index];
            var body = payload[..at.Index] + value + (isCut ? "" : payload[(at.Index + at.Length)..]);
            Assert.NotNull(Create(Nowhere).Receive(Signed(Encoding.UTF8.GetBytes(body))));
        }, iter: 500);
    }

    /// <summary>The body that <see cref="Signed"/> signs in the genuine callback.</summary>
    protected virtual byte[] Payload => Genuine.Body.ToArray();

    /// <summary>A callback with this body and the signature that belongs to it.</summary>
    protected abstract CallbackRequest Signed(byte[] body);

    [GeneratedRegex("""(?<=[:\[,])("[^"]*"|-?[0-9.]+|true|false)(?=[,\]}])""")]
    static partial Regex ScalarInJson { get; }

    /// <summary>JSON that is well-formed and means nothing, with names that carriers use.</summary>
    protected static Gen<string> HostileJson { get; } = Gen.Recursive<string>((depth, inner) => depth > 4 ? Scalar : Gen.OneOf(
        Scalar,
        inner.Array[0, 3].Select(items => $"[{string.Join(',', items)}]"),
        Gen.Select(Name, inner).Array[0, 4].Select(members => $"{{{string.Join(',', members.Select(member => $"\"{member.Item1}\":{member.Item2}"))}}}")));

    static Gen<string> Scalar => Gen.OneOf("null", "true", "-1", "1e999", "\"\"", "\"x\"", "\"\\ud800\"", "99999999999999999999", "\"VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
        "\"delivered\"", "\"sms:delivered\"", "\"Notification\"", "0.5");

    static Gen<string> Name => Gen.OneOf("results", "messageId", "status", "groupId", "id", "error", "entry", "changes", "value", "statuses", "errors", "code", "event", "payload",
        "timestamp", "Message", "Type", "price", "\\ud800", "deliveredAt", "doneAt", "mccMnc", "pricing", "eventType", "context");

    protected static CallbackRequest With(CallbackRequest request, string? url = null, Dictionary<string, string>? headers = null, byte[]? body = null, string? method = null) => new()
    {
        Method = method ?? request.Method,
        Url = url ?? request.Url,
        Rest = request.Rest,
        Headers = headers ?? request.Headers,
        Body = body ?? request.Body,
        Now = request.Now,
    };

    /// <summary>The text with each of its characters changed in turn.</summary>
    protected static IEnumerable<string> Mutations(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            yield return string.Concat(text.AsSpan(0, i), text[i] == 'q' ? "j" : "q", text.AsSpan(i + 1));
        }
    }
}
