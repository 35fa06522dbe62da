using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Messages;

namespace Countersign.Adapters.Tests.Carriers.Smtp;

/// <summary>Against a real mail server in a process of its own: what a mail client would see of what arrived.</summary>
public sealed class SmtpServerTests
{
    [Fact]
    public async Task A_mail_arrives_over_STARTTLS_after_a_login_with_text_and_html()
    {
        await using var server = await SmtpServerProcess.StartAsync();
        await using var carrier = SmtpBench.Secure(server, new() { ["reply_to"] = "help@acme.example" });

        await carrier.Acceptance(SmtpBench.Message("Jo.Smith+codes@Example.com"));

        var mail = await server.NextAsync("mail");
        Assert.True(mail.GetProperty("secure").GetBoolean());
        Assert.Equal(SmtpServerProcess.User, Text(mail, "user"));
        Assert.Equal("codes@acme.example", Text(mail, "sender"));
        Assert.Equal("""["Jo.Smith+codes@example.com"]""", mail.GetProperty("recipients").GetRawText());
        Assert.Equal("""[{"address":"codes@acme.example","name":"Acme"}]""", mail.GetProperty("from").GetRawText());
        Assert.Equal("""[{"address":"Jo.Smith+codes@example.com","name":""}]""", mail.GetProperty("to").GetRawText());
        Assert.Equal("""[{"address":"help@acme.example","name":""}]""", mail.GetProperty("replyTo").GetRawText());
        Assert.Equal("Your Acme verification code", Text(mail, "subject"));
        Assert.Equal(SmtpBench.Mail.Text.Trim(), Text(mail, "text").Trim());
        Assert.Equal(SmtpBench.Mail.Html, Text(mail, "html").Trim());
        Assert.Equal(0, mail.GetProperty("attachments").GetInt32());
    }

    [Fact]
    public async Task The_headers_name_the_attempt_and_ask_for_no_answers()
    {
        await using var server = await SmtpServerProcess.StartAsync();
        await using var carrier = SmtpBench.Secure(server);

        await carrier.Acceptance();

        var mail = await server.NextAsync("mail");
        var headers = Headers(mail);
        Assert.Equal($"<{CarrierBench.Attempt}@acme.example>", Text(mail, "messageId"));
        Assert.Contains($"X-Entity-Ref-ID: {CarrierBench.Attempt}", headers);
        Assert.Contains("Auto-Submitted: auto-generated", headers);
        Assert.Contains("Content-Language: en", headers);
        Assert.Contains("MIME-Version: 1.0", headers);
        Assert.Contains(headers, header => header.StartsWith("Content-Type: multipart/alternative;", StringComparison.Ordinal));
        Assert.InRange(mail.GetProperty("date").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.DoesNotContain(headers, header => header.StartsWith("List-", StringComparison.OrdinalIgnoreCase) || header.StartsWith("Disposition", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("NOTIFY", mail.GetProperty("recipientArguments").GetRawText(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(headers.Count, headers.Select(header => header.Split(':')[0].ToLowerInvariant()).Distinct().Count());
    }

    [Fact]
    public async Task Words_of_any_script_arrive_as_they_were_written_though_the_wire_is_ascii()
    {
        var content = new EmailContent
        {
            Subject = "Ihr Bestätigungscode für Ünïcode & Söhne — 検証コード 🔐",
            Text = "Ihr Code lautet: 123456\n.\nДва слова. 検証コード\n" + new string('ö', 2000) + "\nFrom the end.\n",
            Html = "<p>Ihr Code für „Ünïcode“: <b>123456</b> 検証 🔐</p>",
            Locale = "de",
        };
        await using var server = await SmtpServerProcess.StartAsync();
        await using var carrier = SmtpBench.Secure(server, new() { ["from_name"] = "Ünïcode & Söhne, \"GmbH\" <検証>" });

        await carrier.Acceptance(SmtpBench.Message("jo@münchen.example", content));

        var mail = await server.NextAsync("mail");
        Assert.Equal(content.Subject, Text(mail, "subject"));
        Assert.Equal("Ünïcode & Söhne, \"GmbH\" <検証>", mail.GetProperty("from")[0].GetProperty("name").GetString());
        Assert.Equal("codes@acme.example", mail.GetProperty("from")[0].GetProperty("address").GetString());
        Assert.Equal(content.Text, Text(mail, "text"));
        Assert.Equal(content.Html, Text(mail, "html").Trim());
        Assert.Equal("jo@münchen.example", mail.GetProperty("recipients")[0].GetString());
        Assert.Contains("To: jo@xn--mnchen-3ya.example", Headers(mail));
        Assert.All(Text(mail, "raw"), c => Assert.InRange(c, '\t', '~'));
        Assert.All(Text(mail, "raw").Split("\r\n"), line => Assert.InRange(line.Length, 0, 100));
    }

    [Theory]
    [InlineData("Acme\r\nBcc: thief@example.com\r\n\r\nHello")]
    [InlineData("Acme\nBcc: thief@example.com")]
    [InlineData("Acme\rBcc: thief@example.com")]
    [InlineData("Acme\0\u000B\u0085Bcc: thief@example.com")]
    [InlineData("Ä\u2028\r\n\tBcc: thief@example.com")]
    [InlineData("\" <thief@example.com>, \"")]
    [InlineData("=?utf-8?Q?Acme=0D=0ABcc:_thief@example.com?=")]
    [InlineData("Acme\uD800\r\nBcc: thief@example.com")]
    public async Task A_friendly_name_or_subject_cannot_add_headers_or_recipients(string hostile)
    {
        await using var server = await SmtpServerProcess.StartAsync(tls: "never", login: false);
        await using var carrier = SmtpBench.Plain(server.Port);

        await carrier.Acceptance(SmtpBench.Message(mail: SmtpBench.Mail with { Subject = hostile }) with { FriendlyName = hostile });

        var mail = await server.NextAsync("mail");
        Assert.Equal("""["jo@example.com"]""", mail.GetProperty("recipients").GetRawText());
        Assert.Equal(JsonValueKind.Null, mail.GetProperty("bcc").ValueKind);
        Assert.Equal("codes@acme.example", Assert.Single(mail.GetProperty("from").EnumerateArray()).GetProperty("address").GetString());
        Assert.DoesNotContain(Headers(mail), header => header.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(SmtpBench.Mail.Html, Text(mail, "html").Trim());
        Assert.Equal(SmtpBench.Mail.Text.Trim(), Text(mail, "text").Trim());
    }

    [Fact]
    public async Task TLS_from_the_first_byte_works_as_well()
    {
        await using var server = await SmtpServerProcess.StartAsync(tls: "implicit");
        await using var carrier = SmtpBench.Secure(server, new() { ["security"] = "tls" });

        await carrier.Acceptance();

        Assert.True((await server.NextAsync("mail")).GetProperty("secure").GetBoolean());
    }

    [Fact]
    public async Task The_servers_queue_id_is_the_messages_name_there()
    {
        await using var server = await SmtpServerProcess.StartAsync(queueId: "4Wxyz0ABCDz9");
        await using var carrier = SmtpBench.Secure(server);

        Assert.Equal("4Wxyz0ABCDz9", await carrier.Acceptance());
    }

    [Fact]
    public async Task Without_a_queue_id_it_is_the_Message_ID()
    {
        await using var server = await SmtpServerProcess.StartAsync();
        await using var carrier = SmtpBench.Secure(server);

        Assert.Equal($"{CarrierBench.Attempt}@acme.example", await carrier.Acceptance());
    }

    [Theory]
    [InlineData("unknown@example.com", "MailboxUnknown 550 5.1.1")]
    [InlineData("full@example.com", "MailboxUnavailable 452 4.2.2")]
    [InlineData("spam@example.com", "MailRejected 554 5.7.1")]
    public async Task What_the_server_refuses_is_told_by_its_codes_and_the_connection_serves_the_next_mail(string to, string refusal)
    {
        await using var server = await SmtpServerProcess.StartAsync();
        await using var carrier = SmtpBench.Secure(server);

        Assert.Equal(refusal, await carrier.Refusal(SmtpBench.Message(to)));
        await carrier.Acceptance();

        await server.NextAsync("mail");
        Assert.Single(server.All("connected"));
    }

    [Fact]
    public async Task A_wrong_password_is_a_failed_authentication()
    {
        await using var server = await SmtpServerProcess.StartAsync();
        await using var carrier = SmtpBench.Secure(server, password: "not-the-right-one");

        Assert.StartsWith("Authentication 535", await carrier.Refusal(), StringComparison.Ordinal);
        Assert.Empty(server.All("mail"));
    }

    [Fact]
    public async Task A_missing_login_is_a_failed_authentication()
    {
        await using var server = await SmtpServerProcess.StartAsync(tls: "implicit");
        var settings = new Dictionary<string, string> { ["host"] = "localhost", ["port"] = $"{server.Port}", ["security"] = "tls", ["from_address"] = "codes@acme.example", ["ca_certificate"] = server.Authority };

        var carrier = CarrierBench.Create(new Countersign.Carriers.Smtp.SmtpKind(), settings);

        Assert.Equal("Authentication 530", await carrier.Refusal());
        await ((IAsyncDisposable)carrier).DisposeAsync();
    }

    [Fact]
    public async Task A_certificate_of_an_unknown_authority_is_not_trusted_and_nothing_is_sent()
    {
        using var other = new PrivateAuthority();
        await using var server = await SmtpServerProcess.StartAsync();
        await using var carrier = SmtpBench.Secure(server, new() { ["ca_certificate"] = other.Pem });

        Assert.Equal("Misconfigured certificate_not_trusted", await carrier.Refusal());
        Assert.Empty(server.All("authenticated"));
    }

    [Fact]
    public async Task Without_an_authority_of_its_own_a_private_certificate_is_not_trusted()
    {
        await using var server = await SmtpServerProcess.StartAsync();
        var settings = new Dictionary<string, string> { ["host"] = "localhost", ["port"] = $"{server.Port}", ["from_address"] = "codes@acme.example" };

        var carrier = CarrierBench.Create(new Countersign.Carriers.Smtp.SmtpKind(), settings);

        Assert.Equal("Misconfigured certificate_not_trusted", await carrier.Refusal());
        await ((IAsyncDisposable)carrier).DisposeAsync();
    }

    [Theory]
    [InlineData("mail.example.com", 1)]
    [InlineData("localhost", -1)]
    public async Task A_certificate_for_another_name_or_time_is_not_trusted(string name, int days)
    {
        await using var server = await SmtpServerProcess.StartAsync(certificateName: name, certificateDays: days);
        await using var carrier = SmtpBench.Secure(server);

        Assert.Equal("Misconfigured certificate_not_trusted", await carrier.Refusal());
        Assert.Empty(server.All("authenticated"));
    }

    [Fact]
    public async Task A_server_without_STARTTLS_gets_neither_password_nor_mail()
    {
        await using var server = await SmtpServerProcess.StartAsync(tls: "never");
        await using var carrier = SmtpBench.Secure(server);

        Assert.Equal("Misconfigured starttls_not_offered", await carrier.Refusal());
        Assert.Empty(server.All("authenticated"));
    }

    [Fact]
    public async Task Fifty_mails_at_once_share_three_connections_and_none_is_lost_or_doubled()
    {
        await using var server = await SmtpServerProcess.StartAsync();
        await using var carrier = SmtpBench.Secure(server, new() { ["connections"] = "3", ["timeout_seconds"] = "60" });
        var attempts = Enumerable.Range(0, 50).Select(n => Sid.Parse($"VL{n:x32}", "VL")).ToList();

        await Task.WhenAll(attempts.Select(attempt => carrier.Acceptance(SmtpBench.Message($"jo{attempt}@example.com") with { AttemptSid = attempt })));

        await server.NextAsync("mail", 50);
        Assert.InRange(server.All("connected").Count, 1, 3);
        Assert.All(server.All("mail"), mail => Assert.Equal($"jo{Text(mail, "messageId")[1..35]}@example.com", mail.GetProperty("recipients")[0].GetString()));
        Assert.Equal(attempts.Select(attempt => $"<{attempt}@acme.example>").Order(), server.All("mail").Select(mail => Text(mail, "messageId")).Order());
    }

    [Fact]
    public async Task Disposing_the_carrier_says_goodbye()
    {
        await using var server = await SmtpServerProcess.StartAsync();
        var carrier = SmtpBench.Secure(server);
        await carrier.Acceptance();

        await carrier.DisposeAsync();

        await server.NextAsync("closed");
    }

    static string Text(JsonElement mail, string name) => mail.GetProperty(name).GetString()!;

    static List<string> Headers(JsonElement mail) => [.. mail.GetProperty("headers").EnumerateArray().Select(header => header.GetString()!)];
}
