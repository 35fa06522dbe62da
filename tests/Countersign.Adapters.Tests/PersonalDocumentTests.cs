using System.Text;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage;

namespace Countersign.Adapters.Tests;

/// <summary>The usual document is read and written past the JSON serializer: it must be the same document.</summary>
public sealed class PersonalDocumentTests
{
    static readonly Sid Sid = Sid.NewOrdered("VE", Desk.Opening, Given.Random);

    readonly Sealer _sealer = new(Rings.WithKeys(2), Given.Random);

    [Theory]
    [InlineData("""{"to":"\u002B14155550123"}""")]
    [InlineData("""{"to":"+14155550123"}""")]
    [InlineData("""{ "to": "+14155550123" }""")]
    [InlineData("""{"to":"\u002B14155550123","l":null}""")]
    public void A_number_is_read_however_it_was_written(string json)
    {
        var (to, details) = PersonalDocument.Open(_sealer, Sid, Seal(json));

        Assert.Equal(("+14155550123", "US"), (to.Reveal(), to.Country));
        Assert.Equal(new VerificationDetails(), details);
    }

    [Theory]
    [InlineData("""{"to":"\u002B14155550123","l":"fr"}""", "fr")]
    [InlineData("""{"l":"fr","to":"+14155550123"}""", "fr")]
    public void What_is_beside_the_number_is_read_too(string json, string locale)
    {
        var (to, details) = PersonalDocument.Open(_sealer, Sid, Seal(json));

        Assert.Equal(("+14155550123", locale), (to.Reveal(), details.Locale));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(RiskAction.Refuse)]
    public void How_its_risk_was_judged_is_kept(RiskAction? watched)
    {
        var risk = new RiskAssessment(37, RiskReason.NewDevice | RiskReason.UnusualHour, RiskAction.Challenge, watched, ulong.MaxValue);

        var bytes = PersonalDocument.Seal(_sealer, Sid, PhoneNumber.Restore("+14155550123"), new VerificationDetails { Risk = risk });

        Assert.Equal(risk, PersonalDocument.Open(_sealer, Sid, bytes).Details.Risk);
    }

    [Fact]
    public void What_was_guessed_wrong_and_what_of_it_was_forgotten_is_kept()
    {
        var details = new VerificationDetails { FailedBefore = 7, KnownFailedBefore = 2, ForgivenUntil = Desk.Opening.AddMilliseconds(5), KnownNetwork = "198.51.100.0/24", IsReserved = true };

        var bytes = PersonalDocument.Seal(_sealer, Sid, PhoneNumber.Restore("+14155550123"), details);

        Assert.Equal(details, PersonalDocument.Open(_sealer, Sid, bytes).Details);
    }

    [Fact]
    public void Where_its_messages_were_asked_for_is_kept_beside_where_it_was_typed()
    {
        var details = new VerificationDetails { DeviceIp = "192.0.2.1", Origins = new SendOrigins(["", "198.51.100.7", "2001:db8::1"], ulong.MaxValue) };

        var read = PersonalDocument.Open(_sealer, Sid, PersonalDocument.Seal(_sealer, Sid, PhoneNumber.Restore("+14155550123"), details)).Details;

        Assert.Equal(("192.0.2.1", ulong.MaxValue), (read.DeviceIp, read.Origins!.Device));
        Assert.Equal(details.Origins.Addresses, read.Origins.Addresses);
    }

    [Fact]
    public void What_an_older_version_wrote_of_wrong_guesses_is_read()
    {
        var (_, details) = PersonalDocument.Open(_sealer, Sid, Seal("""{"to":"+14155550123","w":7,"e":"198.51.100.0/24"}"""));

        Assert.Equal(new VerificationDetails { FailedBefore = 7, KnownNetwork = "198.51.100.0/24" }, details);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("fr")]
    public void That_nothing_was_found_is_kept_in_a_few_bytes(string? locale)
    {
        var details = new VerificationDetails { Risk = RiskAssessment.Clear, Locale = locale };

        var bytes = PersonalDocument.Seal(_sealer, Sid, PhoneNumber.Restore("+14155550123"), details);

        Assert.Equal(details, PersonalDocument.Open(_sealer, Sid, bytes).Details);
        Assert.Equal(locale is null ? """{"to":"+14155550123","v":[]}""" : """{"to":"\u002B14155550123","l":"fr","v":[]}""", Encoding.UTF8.GetString(_sealer.Open(bytes, Context)));
    }

    [Fact]
    public void A_number_alone_is_written_as_the_json_that_older_versions_read()
    {
        var bytes = PersonalDocument.Seal(_sealer, Sid, PhoneNumber.Restore("+14155550123"), new VerificationDetails());

        Assert.Equal("""{"to":"+14155550123"}""", Encoding.UTF8.GetString(_sealer.Open(bytes, Context)));
    }

    [Fact]
    public void A_mailbox_that_looks_like_a_number_stays_one()
    {
        var bytes = PersonalDocument.Seal(_sealer, Sid, Destination.Restore("+14155550123@example.com"), new VerificationDetails());

        Assert.IsType<EmailAddress>(PersonalDocument.Open(_sealer, Sid, bytes).To);
    }

    static byte[] Context
    {
        get
        {
            var bytes = new byte[16];
            Sid.WriteTo(bytes);
            return bytes;
        }
    }

    byte[] Seal(string json) => _sealer.Seal(Encoding.UTF8.GetBytes(json), Context);
}
