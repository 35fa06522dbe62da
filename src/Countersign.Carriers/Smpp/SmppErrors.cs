using Countersign.Core.Delivery.Errors;
using static Countersign.Core.Delivery.Errors.DeliveryError;

namespace Countersign.Carriers.Smpp;

/// <summary>
/// SMPP's codes: of answers as <c>status:0x</c> and the command_status (SMPP 3.4, 5.1.3), of receipts as <c>stat:</c> and the word of the state (appendix B), or as
/// <c>gsm:</c> and the network's error where the parameter network_error_code has one of GSM (3GPP TS 29.002, 17.6.6).
/// </summary>
public static class SmppErrors
{
    /// <summary>What each code means.</summary>
    public static IReadOnlyDictionary<string, DeliveryError> All { get; } = new Dictionary<string, DeliveryError>
    {
        ["status:0x1"] = ContentTooLong,      // ESME_RINVMSGLEN
        ["status:0x2"] = MalformedAnswer,     // ESME_RINVCMDLEN
        ["status:0x3"] = Misconfigured,       // ESME_RINVCMDID
        ["status:0x4"] = CarrierFault,        // ESME_RINVBNDSTS
        ["status:0x5"] = CarrierFault,        // ESME_RALYBND
        ["status:0x6"] = Misconfigured,       // ESME_RINVPRTFLG
        ["status:0x7"] = Misconfigured,       // ESME_RINVREGDLVFLG
        ["status:0x8"] = CarrierFault,        // ESME_RSYSERR
        ["status:0xA"] = InvalidSender,       // ESME_RINVSRCADR
        ["status:0xB"] = InvalidNumber,       // ESME_RINVDSTADR
        ["status:0xC"] = CarrierFault,        // ESME_RINVMSGID
        ["status:0xD"] = Authentication,      // ESME_RBINDFAIL
        ["status:0xE"] = Authentication,      // ESME_RINVPASWD
        ["status:0xF"] = Authentication,      // ESME_RINVSYSID
        ["status:0x14"] = Throttled,          // ESME_RMSGQFUL
        ["status:0x15"] = Misconfigured,      // ESME_RINVSERTYP
        ["status:0x40"] = InvalidNumber,      // ESME_RINVDESTFLAG
        ["status:0x42"] = Misconfigured,      // ESME_RINVSUBREP
        ["status:0x43"] = Misconfigured,      // ESME_RINVESMCLASS
        ["status:0x45"] = CarrierFault,       // ESME_RSUBMITFAIL
        ["status:0x48"] = InvalidSender,      // ESME_RINVSRCTON
        ["status:0x49"] = InvalidSender,      // ESME_RINVSRCNPI
        ["status:0x50"] = Misconfigured,      // ESME_RINVDSTTON
        ["status:0x51"] = Misconfigured,      // ESME_RINVDSTNPI
        ["status:0x53"] = Misconfigured,      // ESME_RINVSYSTYP
        ["status:0x54"] = Misconfigured,      // ESME_RINVREPFLAG
        ["status:0x55"] = CarrierFault,       // ESME_RINVNUMMSGS
        ["status:0x58"] = Throttled,          // ESME_RTHROTTLED
        ["status:0x61"] = Misconfigured,      // ESME_RINVSCHED
        ["status:0x62"] = Misconfigured,      // ESME_RINVEXPIRY
        ["status:0x63"] = Misconfigured,      // ESME_RINVDFTMSGID
        ["status:0x64"] = Congestion,         // ESME_RX_T_APPN
        ["status:0x65"] = CarrierFault,       // ESME_RX_P_APPN
        ["status:0x66"] = Filtered,           // ESME_RX_R_APPN
        ["status:0x67"] = CarrierFault,       // ESME_RQUERYFAIL
        ["status:0xC0"] = Misconfigured,      // ESME_RINVOPTPARSTREAM
        ["status:0xC1"] = Misconfigured,      // ESME_ROPTPARNOTALLWD
        ["status:0xC2"] = Misconfigured,      // ESME_RINVPARLEN
        ["status:0xC3"] = Misconfigured,      // ESME_RMISSINGOPTPARAM
        ["status:0xC4"] = Misconfigured,      // ESME_RINVOPTPARAMVAL
        ["status:0xFE"] = Unknown,            // ESME_RDELIVERYFAILURE
        ["status:0xFF"] = Unknown,            // ESME_RUNKNOWNERR

        ["stat:EXPIRED"] = Expired,
        ["stat:DELETED"] = Canceled,
        ["stat:UNDELIV"] = Unknown,
        ["stat:UNKNOWN"] = Unknown,
        ["stat:REJECTD"] = Filtered,

        ["gsm:1"] = UnknownNumber,            // unknownSubscriber
        ["gsm:5"] = UnknownNumber,            // unidentifiedSubscriber
        ["gsm:6"] = Unreachable,              // absentSubscriberSM
        ["gsm:9"] = Unreachable,              // illegalSubscriber
        ["gsm:11"] = Landline,                // teleserviceNotProvisioned
        ["gsm:12"] = Unreachable,             // illegalEquipment
        ["gsm:13"] = Unreachable,             // callBarred: mostly by the operator, not by the person
        ["gsm:21"] = Landline,                // facilityNotSupported
        ["gsm:27"] = Unreachable,             // absentSubscriber
        ["gsm:31"] = Unreachable,             // subscriberBusyForMT-SMS
        ["gsm:32"] = Unreachable,             // sm-DeliveryFailure
        ["gsm:33"] = Congestion,              // messageWaitingListFull
        ["gsm:34"] = Congestion,              // systemFailure
    };

    /// <summary>The code of a command_status, and what it means: a value that the protocol leaves to vendors is unknown.</summary>
    internal static (DeliveryError Error, string Code) OfStatus(uint status)
    {
        var code = $"status:0x{status:X}";
        return (All.GetValueOrDefault(code, Unknown), Refusals.Code(code) ?? $"status:{status >> 16:X}-{status & 0xFFFF:X}");
    }

    /// <summary>What a receipt's failure means, and its code with the centre's own error behind it (<c>stat:UNDELIV:001</c>), which is nobody else's.</summary>
    internal static (DeliveryError Error, string Code) OfReceipt(DeliveryReceipt receipt)
    {
        var code = $"stat:{DeliveryReceipt.WordOf(receipt.State)}";
        if (receipt is { NetworkType: 3, NetworkError: { } network } && All.TryGetValue($"gsm:{network}", out var known))
        {
            return (known, $"gsm:{network}");
        }

        var detail = receipt.Error ?? (receipt.NetworkError is { } other ? $"{receipt.NetworkType}-{other}" : null);
        return (All.GetValueOrDefault(code, Unknown), detail is null ? code : Refusals.Code($"{code}:{detail}") ?? code);
    }
}
