using Countersign.Core.Messages;
using CsCheck;

namespace Countersign.Core.Tests.Messages;

public sealed class AutofillTests
{
    const string Hash = "FA+9qCX9VSu";

    [Fact]
    public void An_Android_app_finds_the_mark_first_and_its_hash_last() =>
        Assert.Equal($"<#> Your Acme verification code is: 482915 {Hash}", Text(Requests.New(appHash: Hash)));

    [Fact]
    public void The_warning_stands_before_the_hash() =>
        Assert.Equal(
            $"<#> Your Acme verification code is: 482915. Do not share this code with anyone. {Hash}",
            Text(Requests.New(appHash: Hash, doNotShare: true)));

    [Fact]
    public void A_browser_finds_host_and_code_in_the_last_line() =>
        Assert.Equal("Your Acme verification code is: 482915\n@example.com #482915", Text(Requests.New(webOtpHost: "example.com")));

    [Fact]
    public void Asked_for_both_the_last_line_serves_both() =>
        Assert.Equal(
            $"<#> Your Acme verification code is: 482915\n@example.com #482915 {Hash}",
            Text(Requests.New(appHash: Hash, webOtpHost: "example.com")));

    [Fact]
    public void Whatever_the_text_both_parsers_find_what_is_theirs() =>
        Gen.Select(Gen.String, Gen.String, Gen.Bool, Gen.Bool).Sample((name, value, doNotShare, withHash) =>
        {
            var text = Text(Requests.New(
                friendlyName: name,
                appHash: withHash ? Hash : null,
                webOtpHost: "login.example.com",
                doNotShare: doNotShare,
                template: Requests.Template("{{friendly_name}} {{code}} {{value}}"),
                substitutions: new() { ["value"] = value }));

            // The steps of the WICG parser: the last line, then two tokens without white space behind their marks.
            var tokens = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n')[^1].Split(' ');
            Assert.Equal(["@login.example.com", "#482915"], tokens[..2]);
            Assert.Equal(withHash, text.StartsWith("<#> ", StringComparison.Ordinal) && text.EndsWith(' ' + Hash, StringComparison.Ordinal));
        });

    [Theory]
    [InlineData("FA+9qCX9VSu", true)]
    [InlineData("AAAAAAAAAA/", true)]
    [InlineData("FA+9qCX9VS", false)]
    [InlineData("FA+9qCX9VSuu", false)]
    [InlineData("FA+9qCX9VS ", false)]
    [InlineData("FA+9qCX9VS\n", false)]
    [InlineData("FA-9qCX9VSu", false)]
    [InlineData("", false)]
    public void A_hash_has_11_characters_of_base_64(string value, bool isHash) => Assert.Equal(isHash, Autofill.IsAppHash(value));

    [Theory]
    [InlineData("example.com", true)]
    [InlineData("localhost", true)]
    [InlineData("Login.xn--bcher-kva.example", true)]
    [InlineData("bücher.example", false)]
    [InlineData("https://example.com", false)]
    [InlineData("example.com:8443", false)]
    [InlineData("example.com/path", false)]
    [InlineData("example.com ", false)]
    [InlineData("example.com\n", false)]
    [InlineData("example..com", false)]
    [InlineData(".example.com", false)]
    [InlineData("example.com.", false)]
    [InlineData("-example.com", false)]
    [InlineData("", false)]
    public void A_host_is_bare_and_ASCII(string value, bool isHost) => Assert.Equal(isHost, Autofill.IsWebOtpHost(value));

    [Fact]
    public void What_would_lose_the_autofill_silently_is_refused_aloud()
    {
        Assert.Throws<ArgumentException>(() => Requests.New(appHash: "short"));
        Assert.Throws<ArgumentException>(() => Requests.New(webOtpHost: "https://example.com"));
    }

    static string Text(MessageRequest request) => MessageWriter.Write(request).Text;
}
