using System.Diagnostics.CodeAnalysis;
using Countersign.Core.Channels;
using Countersign.Core.Guard;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Admin;

/// <summary>The start that somebody asks about without starting it: <c>to</c>, and <c>device_ip</c> where it is given. Errors do not repeat what was given, but what was probably meant.</summary>
static class StartQuery
{
    public static bool TryRead(
        IQueryCollection query, VerifyService service, DestinationIndex index, [NotNullWhen(true)] out StartFacts? start, [NotNullWhen(false)] out ApiError? error)
    {
        (start, error) = (null, null);
        if (!PhoneNumber.TryParse(Form.WithPlus(query["to"].ToString()), out var number, out var problem))
        {
            error = ApiErrors.InvalidParameter("to", null, problem.ReasonName, problem.Explanation, problem.Suggestion);
            return false;
        }

        IpAddress? device = null;
        if (query["device_ip"].ToString() is { Length: > 0 } text && !IpAddress.TryParse(text, out device))
        {
            error = ApiErrors.InvalidParameter("device_ip", null, "not_an_ip_address", "Must be an IPv4 or IPv6 address.");
            return false;
        }

        var destination = index.Of(number);
        start = new StartFacts
        {
            Service = service,
            To = number,
            DestinationKey = destination,
            Channel = Channel.Sms,
            IsTest = service.TestNumbers.ContainsKey(destination),
            HasCustomCode = false,
            DeviceIp = device,
            Signals = StartSignals.None,
        };
        return true;
    }
}
