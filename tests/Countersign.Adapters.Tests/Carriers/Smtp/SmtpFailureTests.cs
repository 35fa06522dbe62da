using System.Net;
using System.Net.Sockets;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Carriers.Smtp;

/// <summary>What goes wrong on the wire, against a bare socket.</summary>
public sealed class SmtpFailureTests
{
    [Theory]
    [InlineData("RCPT", "550 5.1.1 <jo@example.com>: Recipient address rejected: User unknown", "MailboxUnknown 550 5.1.1")]
    [InlineData("RCPT", "550-5.1.1 The email account that you tried to reach does not\r\n550 5.1.1 exist. - gsmtp", "MailboxUnknown 550 5.1.1")]
    [InlineData("RCPT", "556 5.1.10 Recipient address has a null MX", "MailboxUnknown 556 5.1.10")]
    [InlineData("RCPT", "550 No such user", "MailboxUnknown 550")]
    [InlineData("RCPT", "553 Mailbox name not allowed", "MailboxUnknown 553")]
    [InlineData("RCPT", "450 4.1.1 Try later", "MailboxUnavailable 450 4.1.1")]
    [InlineData("RCPT", "552 5.2.2 Over quota", "MailboxUnavailable 552 5.2.2")]
    [InlineData("RCPT", "452 4.2.2 Over quota", "MailboxUnavailable 452 4.2.2")]
    [InlineData("RCPT", "550 5.2.1 Mailbox disabled", "MailboxUnavailable 550 5.2.1")]
    [InlineData("RCPT", "450 Mailbox busy", "MailboxUnavailable 450")]
    [InlineData("RCPT", "450 4.2.0 Greylisted", "Throttled 450 4.2.0")]
    [InlineData("RCPT", "451 4.7.1 Greylisting in action", "Throttled 451 4.7.1")]
    [InlineData("RCPT", "452 4.5.3 Too many recipients", "Throttled 452 4.5.3")]
    [InlineData("RCPT", "452 4.3.1 Insufficient system storage", "Congestion 452 4.3.1")]
    [InlineData("RCPT", "451 Local error in processing", "Congestion 451")]
    [InlineData("RCPT", "452 Insufficient system storage", "Congestion 452")]
    [InlineData("RCPT", "421 Too many connections", "Throttled 421")]
    [InlineData("RCPT", "454 4.7.1 <jo@example.com>: Relay access denied", "Throttled 454 4.7.1")]
    [InlineData("RCPT", "554 Recipient not verified", "MailRejected 554")]
    [InlineData("RCPT", "554 5.7.1 <jo@example.com>: Relay access denied", "Misconfigured 554 5.7.1")]
    [InlineData("RCPT", "550 5.7.1 Service refused by policy", "MailRejected 550 5.7.1")]
    [InlineData("RCPT", "554 Rejected", "MailRejected 554")]
    [InlineData("RCPT", "550 5.4.1 No answer from host", "NoRoute 550 5.4.1")]
    [InlineData("RCPT", "550 5.0.0 Something", "MailboxUnknown 550 5.0.0")]
    [InlineData("RCPT", "530 5.7.0 Authentication required", "Authentication 530")]
    [InlineData("RCPT", "500 Syntax error", "CarrierFault 500")]
    [InlineData("RCPT", "471 Odd", "CarrierFault 471")]
    [InlineData("MAIL", "454 Throttling failure: Maximum sending rate exceeded.", "Throttled 454")]
    [InlineData("MAIL", "550 Sender rejected", "InvalidSender 550")]
    [InlineData("MAIL", "553 5.7.1 Sender address rejected: not owned by user", "InvalidSender 553 5.7.1")]
    [InlineData("MAIL", "550 5.1.8 Sender domain not found", "InvalidSender 550 5.1.8")]
    [InlineData("MAIL", "553 5.1.0 Sender address rejected", "InvalidSender 553 5.1.0")]
    [InlineData("MAIL", "550 5.1.1 <codes@acme.example>: Sender address rejected: User unknown", "InvalidSender 550 5.1.1")]
    [InlineData("MAIL", "554 5.1.2 Sender domain not found", "InvalidSender 554 5.1.2")]
    [InlineData("MAIL", "501 5.1.3 Bad sender address syntax", "InvalidSender 501 5.1.3")]
    [InlineData("MAIL", "550 5.2.1 Sender mailbox disabled", "InvalidSender 550 5.2.1")]
    [InlineData("MAIL", "550 5.4.4 Sender domain has no host", "InvalidSender 550 5.4.4")]
    [InlineData("MAIL", "450 4.1.8 Sender domain not found for now", "InvalidSender 450 4.1.8")]
    [InlineData("MAIL", "451 4.3.0 Temporary lookup failure", "CarrierFault 451 4.3.0")]
    [InlineData("MAIL", "552 5.2.3 Message too long", "ContentTooLong 552 5.2.3")]
    [InlineData("MAIL", "503 5.5.1 Nested MAIL command", "CarrierFault 503 5.5.1")]
    [InlineData("MAIL", "421 4.7.0 Too many messages, slow down", "Throttled 421 4.7.0")]
    [InlineData("MAIL", "452 4.3.1 Insufficient system storage", "Congestion 452 4.3.1")]
    [InlineData("MAIL", "552 5.3.4 Message too big", "ContentTooLong 552 5.3.4")]
    [InlineData("DATA", "554 5.5.1 No valid recipients", "CarrierFault 554 5.5.1")]
    [InlineData("body", "550 5.7.1 Message rejected as spam", "MailRejected 550 5.7.1")]
    [InlineData("body", "554 Transaction failed", "MailRejected 554")]
    [InlineData("body", "454 Throttling failure: Daily message quota exceeded.", "Throttled 454")]
    [InlineData("body", "554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: codes@acme.example", "InvalidSender 554")]
    [InlineData("body", "550 5.7.27 Sender domain has a null MX", "InvalidSender 550 5.7.27")]
    [InlineData("body", "421 4.7.0 Try again later", "Throttled 421 4.7.0")]
    [InlineData("body", "451 4.3.0 Queue file write error", "CarrierFault 451 4.3.0")]
    [InlineData("body", "552 Exceeded storage allocation", "MailboxUnavailable 552")]
    [InlineData("greeting", "554 No SMTP service here", "CarrierFault 554")]
    [InlineData("greeting", "421 Too many connections from you", "Throttled 421")]
    [InlineData("AUTH", "535 5.7.8 Authentication failed", "Authentication 535 5.7.8")]
    [InlineData("AUTH", "534 5.7.9 Application-specific password required", "Authentication login_refused")]
    [InlineData("AUTH", "550 5.7.1 Go away", "Authentication 550 5.7.1")]
    [InlineData("AUTH", "454 4.7.0 Temporary authentication failure", "CarrierFault 454 4.7.0")]
    [InlineData("AUTH", "421 4.7.0 Too many login attempts", "Throttled 421 4.7.0")]
    [InlineData("EHLO", "250 peer.example.test", "Misconfigured login_not_offered")]
    public async Task Each_refusal_has_its_meaning_and_the_servers_codes(string verb, string reply, string refusal)
    {
        await using var peer = new SmtpPeer((verb, reply + "\r\n"));
        await using var carrier = SmtpBench.Plain(peer.Port, more: verb is "AUTH" or "EHLO" ? new() { ["user"] = "acme" } : null, password: "not-a-real-password");

        Assert.Equal(refusal, await carrier.Refusal());
        Assert.Equal(1, peer.Connections);
    }

    [Theory]
    [InlineData("greeting", "HTTP/1.1 400 Bad Request\r\n\r\n", "MalformedAnswer malformed_in_hello")]
    [InlineData("RCPT", "Two-fifty\r\n", "MalformedAnswer malformed_in_envelope")]
    [InlineData("body", "\u00FF\u00FE\0\r\n", "MalformedAnswer malformed_in_data")]
    [InlineData("greeting", SmtpPeer.Drop, "ConnectionFailed dropped_in_hello")]
    [InlineData("EHLO", SmtpPeer.Drop, "ConnectionFailed dropped_in_hello")]
    [InlineData("AUTH", SmtpPeer.Drop, "ConnectionFailed dropped_in_login")]
    [InlineData("MAIL", SmtpPeer.Drop, "ConnectionFailed dropped_in_envelope")]
    [InlineData("RCPT", SmtpPeer.Drop, "ConnectionFailed dropped_in_envelope")]
    [InlineData("DATA", SmtpPeer.Drop, "Timeout dropped_in_data")]
    [InlineData("body", SmtpPeer.Drop, "Timeout dropped_in_data")]
    public async Task A_broken_conversation_is_told_by_where_it_broke(string verb, string reply, string refusal)
    {
        await using var peer = new SmtpPeer((verb, reply));
        await using var carrier = SmtpBench.Plain(peer.Port, more: new() { ["user"] = "acme" }, password: "not-a-real-password");

        Assert.Equal(refusal, await carrier.Refusal());
        Assert.Equal(1, peer.Connections);
    }

    [Fact]
    public async Task A_reply_without_end_is_cut_off()
    {
        await using var peer = new SmtpPeer(("RCPT", string.Concat(Enumerable.Repeat("250-and so on, and so on, and so on\r\n", 20_000))));
        await using var carrier = SmtpBench.Plain(peer.Port);

        Assert.Equal("MalformedAnswer too_long_reply", await carrier.Refusal());
    }

    [Theory]
    [InlineData("greeting", "ConnectionFailed timeout_in_hello")]
    [InlineData("EHLO", "ConnectionFailed timeout_in_hello")]
    [InlineData("RCPT", "ConnectionFailed timeout_in_envelope")]
    [InlineData("DATA", "Timeout timeout_in_data")]
    [InlineData("body", "Timeout timeout_in_data")]
    public async Task A_server_that_falls_silent_is_given_up_after_the_time_that_was_set(string verb, string refusal)
    {
        var time = new FakeTimeProvider(CarrierBench.Now);
        await using var peer = new SmtpPeer((verb, SmtpPeer.Silence));
        await using var carrier = SmtpBench.Plain(peer.Port, time);
        var sending = carrier.Refusal();
        await peer.SilentAsync();

        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(sending.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        // At the greeting the server is silent as soon as it has accepted, which may be before the carrier knows that it is connected.
        Assert.Equal(refusal, (await sending).Replace("timeout_in_connect", "timeout_in_hello", StringComparison.Ordinal));
        await peer.EndedAsync();
    }

    [Theory]
    [InlineData("greeting", "ConnectionFailed timeout_in_hello")]
    [InlineData("AUTH", "ConnectionFailed timeout_in_login")]
    [InlineData("MAIL", "ConnectionFailed timeout_in_envelope")]
    [InlineData("RCPT", "ConnectionFailed timeout_in_envelope")]
    [InlineData("DATA", "Timeout timeout_in_data")]
    [InlineData("body", "Timeout timeout_in_data")]
    public async Task Where_the_callers_time_runs_out_first_it_is_told_how_far_the_mail_came_and_the_connection_is_closed(string verb, string refusal)
    {
        using var limit = new CancellationTokenSource();
        await using var peer = new SmtpPeer((verb, SmtpPeer.Silence));
        await using var carrier = SmtpBench.Plain(peer.Port, more: new() { ["user"] = "acme" }, password: "not-a-real-password");
        var sending = carrier.Refusal(ct: limit.Token);
        await peer.SilentAsync();

        await limit.CancelAsync();

        // At the greeting, as above.
        Assert.Equal(refusal, (await sending).Replace("timeout_in_connect", "timeout_in_hello", StringComparison.Ordinal));
        await peer.EndedAsync();
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_a_failed_connection()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using var carrier = SmtpBench.Plain(port);

        Assert.Equal("ConnectionFailed ConnectionRefused", await carrier.Refusal());
    }

    [Fact]
    public async Task A_message_without_mail_or_mailbox_reaches_no_server()
    {
        await using var peer = new SmtpPeer();
        await using var carrier = SmtpBench.Plain(peer.Port);

        var withoutMail = await carrier.SendAsync(SmtpBench.Message() with { Email = null }, default);
        var toPhone = await carrier.SendAsync(SmtpBench.Message() with { To = CarrierBench.Message().To }, default);

        Assert.All([withoutMail, toPhone], outcome => Assert.Equal(DeliveryError.Misconfigured, Assert.IsType<SendOutcome.Refused>(outcome).Error));
        Assert.Equal(0, peer.Connections);
    }

    [Fact]
    public async Task No_refusal_repeats_the_address_or_the_code()
    {
        await using var peer = new SmtpPeer(("RCPT", "550 <jo@example.com> 123456 5.1.1\r\n"));
        await using var carrier = SmtpBench.Plain(peer.Port);

        Assert.Equal("MailboxUnknown 550", await carrier.Refusal());
    }
}
