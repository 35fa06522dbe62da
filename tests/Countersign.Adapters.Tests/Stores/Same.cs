using System.Text.Json;
using Countersign.Core.Services;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>Compares what was kept with what came back, field by field: records with arrays in them are not equal by themselves.</summary>
static class Same
{
    public static void Verification(Verification expected, Verification? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(Text(expected), Text(actual));
    }

    public static void Service(VerifyService expected, VerifyService? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(Text(expected), Text(actual));
    }

    static string Text(Verification value) => JsonSerializer.Serialize(new
    {
        Sids = new[] { value.Sid, value.ServiceSid, value.AccountSid }.Select(sid => sid.ToString()),
        To = value.To.Reveal(),
        value.Status,
        value.Channel,
        value.CreatedAt,
        value.UpdatedAt,
        value.ExpiresAt,
        value.Checks,
        value.Code,
        value.Details,
        Attempts = value.Attempts.Select(attempt => $"{attempt.Sid} {attempt.At:O} {attempt.Channel}"),
    });

    static string Text(VerifyService value) => JsonSerializer.Serialize(new
    {
        Sids = new[] { value.Sid, value.AccountSid, value.DefaultTemplateSid ?? default }.Select(sid => sid.ToString()),
        Rest = JsonSerializer.Serialize(value with
        {
            Sid = default,
            AccountSid = default,
            DefaultTemplateSid = null,
            TestNumbers = new Dictionary<UInt128, TestNumber>(),
        }),
        Tests = value.TestNumbers.OrderBy(entry => entry.Key).Select(entry => $"{entry.Key} {entry.Value.Number.Reveal()} {entry.Value.Code.Reveal()}"),
    });
}
