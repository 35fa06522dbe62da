namespace Countersign.Server.Tests.Api.Errors;

/// <summary>Every error code that Twilio documents for Verify and for its APIs in general, with the HTTP status where one is documented; 0 where none is.</summary>
static class DocumentedErrors
{
    public static readonly IReadOnlyDictionary<int, int> Statuses = new (int Status, int[] Codes)[]
    {
        (400,
        [
            60200, 60206, 60207, 60208, 60209, 60210, 60211, 60213, 60214, 60215, 60217, 60218, 60219, 60220, 60221, 60223, 60224, 60300, 60302, 60305, 60306, 60314, 60315, 60330, 60411,
            60602,
        ]),
        (401, [20003, 60603, 60604]),
        (403, [20005, 20006, 20008, 60204, 60205, 60222, 60311, 60313, 60318, 60322, 60323, 60324, 60410, 60605]),
        (404, [20404]),
        (405, [20004]),
        (409, [20409, 60225, 60301, 60304, 60317]),
        (422, [20422]),
        (429, [20429, 60202, 60203, 60212, 60308, 60309, 60310, 60312, 60326]),
        (0,
        [
            20001, 20002, 20403, 20500, 20503,
            60201, 60216, 60226, 60227, 60228, 60229, .. Range(60230, 60243), .. Range(60245, 60248), 60250,
            60303, 60307, 60325, 60327, 60328, 60329, .. Range(60331, 60335), .. Range(60361, 60388), 60390, 60391, 60392, .. Range(60401, 60409), 60412, .. Range(60420, 60428),
            .. Range(60431, 60441), .. Range(60001, 60008), 60500, 60510, 60511, 60517, 60519, 60520, .. Range(60531, 60535), 60540, 60550, .. Range(60606, 60626), 60699,
            .. Range(68001, 68008),
        ]),
    }.SelectMany(row => row.Codes.Select(code => (code, row.Status))).ToDictionary(row => row.code, row => row.Status);

    /// <summary>Those that nothing here can cause, each with the reason.</summary>
    public static readonly IReadOnlyDictionary<int, string> CannotArise = new (string Reason, int[] Codes)[]
    {
        ("A wrong name is 60200, as Verify documents it.", [20002]),
        ("Accounts are not suspended or closed, and have no users with fewer rights than a key has.", [20005, 20006]),
        ("There are no test credentials: the sandbox and test numbers take their place.", [20008]),
        ("What cannot be processed is named by its parameter, 60200.", [20422]),
        ("Mail goes out by SMTP: there are no accounts at SendGrid, no mailers and none of its templates.", [60215, 60216, 60217, 60218, 60219, 60222, 60236, 60237, 60603, 60604]),
        ("No country needs its use vetted here; what a country asks of senders is the carrier's affair.", [60220, 60226, 60230, .. Range(60231, 60235), 60250, 60333, 60334, 60335]),
        ("Templates of one's own, static messages and WhatsApp's templates belong to the account without being enabled.", [60239, 60240, 60241, 60242, 60243]),
        ("Twilio's own staff blocks with it; here it is the block list, 60410.", [60238, 60412]),
        ("There is no trial, and a message that is too long is sent in segments.", [60245, 60246, 60247, 60624]),
        ("No word is forbidden in a name.", [60248]),
        ("Warnings of Twilio's log, not answers: the default is used, and delivery says so.", [60325, 60327]),
        ("Silent network authentication needs contracts with mobile operators; the channel is refused with 60223.",
            [60329, .. Range(60001, 60008), 60500, 60510, 60511, 60517, 60519, 60520, .. Range(60531, 60535), 60540]),
        ("Raised inside Twilio's SDKs for apps, not by the API.", [.. Range(60401, 60407), .. Range(68001, 68007)]),
        ("An older rule: templates work on sms and call.", [60408]),
        ("Codes of a newer API, which Verify v2 does not answer with.", [.. Range(60420, 60428), .. Range(60431, 60441)]),
        ("Codes of Lookup, which answers 60200 and 20404 here.", [.. Range(60606, 60623), 60625, 60626, 60699]),
        ("A channel without a carrier is 60223, WhatsApp too.", [68008]),
        ("What is wrong with a parameter of factors is 60306.", [60300]),
        ("Factors are of types that a person may have several of, and deletes one by one.", [60302, 60303]),
        ("The same as 60301.", [60304]),
        ("What a webhook answers is seen in its deliveries, not in the answer to somebody else.", [60330]),
        ("What is wrong with a parameter is 60306, which names it.", [.. Range(60361, 60368), .. Range(60370, 60388)]),
        ("What is not there is 20404, as everywhere.", [60390, 60391, 60392]),
        ("An account's requests are not limited by what they make.", [60328]),
    }.SelectMany(row => row.Codes.Select(code => (code, row.Reason))).ToDictionary(row => row.code, row => row.Reason);

    static int[] Range(int first, int last) => [.. Enumerable.Range(first, last - first + 1)];
}
