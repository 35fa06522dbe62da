using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Adapters.Tests.Carriers;

/// <summary>What every carrier that is spoken to by HTTP does alike when its peer does not do as documented. Inherited once per carrier.</summary>
public abstract class HttpCarrierConformance
{
    /// <summary>Bodies of a success that no carrier documents.</summary>
    public static TheoryData<string> Nonsense { get; } =
    [
        "",
        "accepted",
        "<html>ok</html>",
        "null",
        "true",
        "[]",
        "[1,2]",
        "\"text\"",
        "{}",
        "{\"sid\":{},\"messages\":{},\"message_uuid\":{},\"data\":[]}",
        "{\"sid\":[],\"messages\":[],\"message_uuid\":[],\"data\":null}",
        "{\"sid\":\"\",\"messages\":[{}],\"message_uuid\":[\"\"],\"data\":{\"id\":\"\"}}",
        "{\"sid\":\"\\ud800\",\"messages\":[null],\"message_uuid\":[{}],\"data\":{\"id\":\"\\ud800\"}}",
        "{\"sid\":\"two words\",\"messages\":[{\"status\":\"two words\"}],\"message_uuid\":[\"two words\"],\"data\":{\"id\":\"two words\"}}",
        "{\"sid\":\"SM1\",\"messages\":[{\"status\":\"0\"",
    ];

    /// <summary>The carrier, pointed at a peer.</summary>
    protected abstract ICarrier Create(Uri address);

    /// <summary>A message that it takes.</summary>
    protected abstract OutgoingMessage Message { get; }

    /// <summary>The whole answer by which its carrier takes a message.</summary>
    protected abstract string Accepted { get; }

    [Fact]
    public async Task A_peer_that_stays_silent_is_waited_for_until_the_caller_has_enough()
    {
        await using var peer = new CarrierPeer(CarrierPeer.Silence);
        var carrier = Create(peer.Address);
        await using var _ = (IAsyncDisposable)carrier;
        using var enough = new CancellationTokenSource();

        var sending = carrier.SendAsync(Message, enough.Token).AsTask();
        while (peer.Requests.Count == 0)
        {
            await Task.Yield();
        }

        await enough.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task A_connection_that_is_closed_without_an_answer_leaves_it_open_whether_the_message_was_taken()
    {
        await using var peer = new CarrierPeer([null]);
        var carrier = Create(peer.Address);
        await using var _ = (IAsyncDisposable)carrier;

        await Assert.ThrowsAsync<TimeoutException>(() => carrier.SendAsync(Message, CancellationToken.None).AsTask());
    }

    [Fact]
    public async Task A_peer_that_is_not_there_is_an_exception_of_the_network()
    {
        var peer = new CarrierPeer(Accepted);
        var address = peer.Address;
        await peer.DisposeAsync();
        var carrier = Create(address);
        await using var _ = (IAsyncDisposable)carrier;

        await Assert.ThrowsAsync<HttpRequestException>(() => carrier.SendAsync(Message, CancellationToken.None).AsTask());
    }

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task A_success_that_cannot_be_read_is_a_malformed_answer(string body) =>
        Assert.Equal(DeliveryError.MalformedAnswer, (await RefusedAsync(CarrierPeer.Json(200, body))).Error);

    [Fact]
    public async Task An_endless_success_is_cut_and_is_a_malformed_answer() =>
        Assert.Equal(DeliveryError.MalformedAnswer, (await RefusedAsync(CarrierPeer.Json(200, $"{{\"sid\":\"{new string('x', 1_000_000)}\"}}"))).Error);

    [Fact]
    public async Task A_success_nested_without_end_is_a_malformed_answer() =>
        Assert.Equal(DeliveryError.MalformedAnswer, (await RefusedAsync(CarrierPeer.Json(200, new string('[', 30_000)))).Error);

    [Theory]
    [InlineData(302, DeliveryError.Misconfigured)]
    [InlineData(401, DeliveryError.Authentication)]
    [InlineData(403, DeliveryError.Authentication)]
    [InlineData(404, DeliveryError.Misconfigured)]
    [InlineData(429, DeliveryError.Throttled)]
    [InlineData(500, DeliveryError.CarrierFault)]
    [InlineData(502, DeliveryError.Timeout)]
    [InlineData(503, DeliveryError.CarrierFault)]
    [InlineData(504, DeliveryError.Timeout)]
    public async Task Where_the_body_says_nothing_the_status_decides(int status, DeliveryError expected)
    {
        var refused = await RefusedAsync(CarrierPeer.Answer(status, "text/html", "<h1>Something</h1>"));

        Assert.Equal(expected, refused.Error);
        Assert.Equal($"http_{status}", refused.CarrierCode);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    [InlineData(422)]
    [InlineData(500)]
    public async Task A_carrier_that_quotes_the_number_is_not_quoted(int status)
    {
        const string Quote = "14155550100";
        var body = $$"""
            {"code":"{{Quote}}","message":"{{Quote}}","error":"+{{Quote}} is bad","error_code":"{{Quote}}","status":"failed","sid":"+{{Quote}} 1",
             "messages":[{"status":"{{Quote}}","error-text":"{{Quote}}","to":"{{Quote}}"}],"errors":[{"code":"{{Quote}}","title":"{{Quote}}","detail":"{{Quote}}"}]}
            """;

        var refused = await RefusedAsync(CarrierPeer.Json(status, body));

        Assert.DoesNotContain("4155550100", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_messages_at_once_are_each_sent()
    {
        await using var peer = new CarrierPeer(Accepted);
        var carrier = Create(peer.Address);
        await using var _ = (IAsyncDisposable)carrier;

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => carrier.SendAsync(Message, CancellationToken.None).AsTask()));

        Assert.All(outcomes, outcome => Assert.IsType<SendOutcome.Accepted>(outcome));
        Assert.Equal(20, peer.Requests.Count);
        Assert.Equal("acme", carrier.Name);
    }

    /// <summary>Sends the message to a peer that gives one answer.</summary>
    protected async Task<(SendOutcome Outcome, PeerRequest Request)> SendAsync(string answer, OutgoingMessage? message = null, Func<Uri, ICarrier>? create = null)
    {
        await using var peer = new CarrierPeer(answer);
        var carrier = (create ?? Create)(peer.Address);
        await using var _ = (IAsyncDisposable)carrier;

        var outcome = await carrier.SendAsync(message ?? Message, CancellationToken.None);

        return (outcome, peer.Request);
    }

    /// <summary>Sends the message to a peer that refuses it.</summary>
    protected async Task<SendOutcome.Refused> RefusedAsync(string answer) => Assert.IsType<SendOutcome.Refused>((await SendAsync(answer)).Outcome);
}
